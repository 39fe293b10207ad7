/** An application as the hooks find it: its modules, and the logs that belong to them. */
import { onTestFinished } from 'vitest';
import type { LogScope } from '../../../lib/logging';
import { ApplicationLogs } from '../../../lib/nest/application-logs';
import { checkOptions } from '../../../lib/nest/check-options';
import { applications } from '../../../lib/nest/applications';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import type { MessageTransport } from '../../../lib/nest/message-transports';
import { CollectingHandler } from '../../../lib/testing';

export interface LiveApplication {
  readonly modules: object;
  readonly logs: ApplicationLogs;
  readonly seen: CollectingHandler;
  /** What scopes are opened with. */
  readonly options: LogScope['options'] | undefined;
}

/** Begins now and is released when the test is over. */
export function liveApplication(logIfErrors: RequestLogOptions | false = {}): LiveApplication {
  const modules = new Map();
  const seen = new CollectingHandler();
  const options = checkOptions({ logIfErrors, handlers: { seen } });
  const logs = applications.add((tree) => new ApplicationLogs(tree, options, new Map([['seen', seen]])));
  applications.bind(modules, logs);
  onTestFinished(() => {
    logs.release();
    applications.remove(logs);
  });
  return { modules, logs, seen, options: logs.options.scope };
}

/** None that is loaded. */
export const noTransport: MessageTransport = {
  kind: 'ws',
  file: 'not loaded',
  creator: 'Creator',
  proxy: 'proxy',
  instances: { file: 'not loaded', controller: 'Controller', methodAt: 1 },
  answers: { file: 'not loaded', name: 'Controller' },
  pattern: 'pattern',
  contextAt: undefined,
};
