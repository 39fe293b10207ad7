/** What was found to limit a missed target, by the target's name; written by hand after a profile. */

export const LIMITED_BY = {};
