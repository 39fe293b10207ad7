/** The names of backups: their suffix, their numbers, and the moves that make room for the next backup. */

/** The suffix of a compressed backup. */
export const GZIP_SUFFIX = '.gz';

/** A namer may give all numbers one name. */
const MOST_SLOTS = 10_000;

/** What has the name that a number stands for. */
export interface SlotUse {
  /** A backup. */
  readonly isUsed: (slot: number) => boolean;
  /** Something else. */
  readonly isTaken: (slot: number) => boolean;
}

/** From the newest backup to the oldest: 1, 2, … without the numbers that something else has taken. */
export function backupSlots(backupCount: number, isTaken: (slot: number) => boolean): number[] {
  const slots: number[] = [];
  // Bounded, should everything look taken.
  const last = backupCount + 1000;
  for (let slot = 1; slots.length < backupCount && slot <= last; slot++) {
    if (!isTaken(slot)) slots.push(slot);
  }
  return slots;
}

/** As `backupSlots`, and on as long as there is one backup after the other. */
export function slotsInUse(backupCount: number, { isUsed, isTaken }: SlotUse): number[] {
  const slots = backupSlots(backupCount, isTaken);
  let slot = (slots.at(-1) ?? 0) + 1;
  for (; slot <= backupCount + MOST_SLOTS && (isUsed(slot) || isTaken(slot)); slot++) {
    if (!isTaken(slot)) slots.push(slot);
  }
  return slots;
}

/** The oldest first, so that nothing is overwritten but the oldest. */
export function shifts(slots: readonly number[]): { readonly from: number; readonly to: number }[] {
  return slots
    .slice(0, -1)
    .map((from, at) => ({ from, to: slots[at + 1] ?? from }))
    .toReversed();
}
