/** Node's process warnings as log records. */
import { globalState } from '../internal/global-state';
import { getLogger } from './manager';

interface WarningSlot {
  listener: ((warning: Error) => void) | undefined;
}

const slot = globalState<WarningSlot>('warnings', () => ({ listener: undefined }));

/**
 * Logs what Node would print as a process warning to the logger `node.warnings` at WARNING; `false` stops that.
 * Ports logging.captureWarnings (CPython 3.14). Differs: Node goes on printing the warning on stderr too, unless it runs
 * with `--no-warnings`.
 */
export function captureWarnings(on: boolean): void {
  if (on === (slot.listener !== undefined)) return;
  if (slot.listener !== undefined) {
    process.off('warning', slot.listener);
    slot.listener = undefined;
    return;
  }
  slot.listener = (warning) => {
    const logger = getLogger('node.warnings');
    // Node has printed it already: the last resort would print it again.
    if (logger.hasHandlers()) logger.warning('%s: %s', warning.name, warning.message, warning);
  };
  process.on('warning', slot.listener);
}
