/** nestjs-hindsight as it is built. */
export const title = 'ours';
export const emitters = {};
