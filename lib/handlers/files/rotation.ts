/** The parts of a rotating file handler, which loads them when it is created. */
export { backupSlots, GZIP_SUFFIX, shifts, slotsInUse } from './backup-slots';
export { pointLink } from './current-link';
export { checkTotal, Retention, retentionLimits } from './retention';
export { isFullFor, RetryPause } from './rotation-due';
export { RotationLock } from './rotation-lock';
