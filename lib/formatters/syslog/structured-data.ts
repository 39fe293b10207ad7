/** Structured data of RFC 5424, section 6.3: `[id name="value" …]`. */
import { ConfigurationError } from '../../errors';
import { NIL } from './header-field';

/** One element's parameters in their order. Names are made legal, values are escaped. */
export type Params = readonly (readonly [name: string, value: string])[];

const MAX_NAME_LENGTH = 32;
/** An SD-NAME is printable ASCII without space, `=`, `]` and `"`. */
const NOT_IN_A_NAME = /[^\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]/gu;
const SD_ID = /^[\x21\x23-\x3c\x3e-\x3f\x41-\x5c\x5e-\x7e]+@\d+(?:\.\d+)*$/;

/** A key as a parameter's name: what a name may not hold is `_`, and 32 characters are the most. */
export function paramName(key: string): string {
  return key === '' ? '_' : key.replace(NOT_IN_A_NAME, '_').slice(0, MAX_NAME_LENGTH);
}

/** `"`, `\` and `]` with a backslash before them. */
export function escapeParamValue(value: string): string {
  return /["\\\]]/.test(value) ? value.replace(/["\\\]]/g, '\\$&') : value;
}

/** @throws ConfigurationError unless `sdId` is `name@<enterprise number>`, which is what a private element must have. */
export function checkSdId(owner: string, sdId: string): string {
  if (typeof sdId === 'string' && sdId.length <= MAX_NAME_LENGTH && SD_ID.test(sdId)) return sdId;
  throw new ConfigurationError(
    `${owner}: "sdId" must be name@number of at most ${MAX_NAME_LENGTH} characters, such as shop@32473, ` +
      `got ${JSON.stringify(sdId)}.`,
  );
}

/**
 * One element, or `-` without parameters. Parameters that do not fit into `maxBytes` are left out, and a parameter
 * `cut` says how many.
 */
export function structuredData(sdId: string, params: Params, maxBytes: number): string {
  if (params.length === 0) return NIL;
  let text = `[${sdId}`;
  let bytes = text.length;
  let cut = 0;
  for (const [name, value] of params) {
    const param = ` ${paramName(name)}="${escapeParamValue(value)}"`;
    const size = Buffer.byteLength(param);
    if (bytes + size > maxBytes) {
      cut++;
    } else {
      text += param;
      bytes += size;
    }
  }
  return cut === 0 ? `${text}]` : `${text} cut="${cut}"]`;
}
