/** A rotation that did not take place, while the record that led to it was written. */
import { DeliveryError } from '../../errors';

/** Goes to `handleError` like a DeliveryError; `cause` is the error of the file system, the namer or the rotator. */
export class RotationError extends DeliveryError {}
