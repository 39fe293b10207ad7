/** Which numbers the backups of a file have, and which moves make room for the next one. */

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

/** The oldest first, so that nothing is overwritten but the oldest. */
export function shifts(slots: readonly number[]): { readonly from: number; readonly to: number }[] {
  return slots
    .slice(0, -1)
    .map((from, at) => ({ from, to: slots[at + 1] ?? from }))
    .toReversed();
}
