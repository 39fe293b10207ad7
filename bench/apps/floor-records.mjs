/** The floor, with records that any formatter and handler can use, and with copies of their fields. */
import { createFloor } from './floor.mjs';

function wholeRecord(scope, message, ...args) {
  args[0] = { ...args[0] };
  return {
    name: 'shop.parcels',
    level: 10,
    message,
    args,
    created: Date.now() / 1000,
    scope,
    seq: ++scope.seq,
    details: undefined,
  };
}

export const create = (job) =>
  createFloor(job, (scope, id, step) => wholeRecord(scope, 'parcel checked', { id, step }));
