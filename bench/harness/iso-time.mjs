/** ISO timestamps. The part up to the second is cached, as a hand-written logger would do. */

let second = -1;
let prefix = '';

export function isoTime(ms) {
  const whole = Math.floor(ms / 1000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  const rest = ms - whole * 1000;
  return `${prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
