/** The beginning of a child program: a logger `log` that writes to stdout. */
export const LOG_TO_STDOUT = `
const { StreamHandler } = lib('handlers');
const { Manager } = lib('core/manager');
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(new StreamHandler(process.stdout));
`;
