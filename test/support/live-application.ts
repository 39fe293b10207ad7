/** The logs of an application, as its module creates them. */
import { onTestFinished } from 'vitest';
import { Manager, type Handler } from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application/application-logs';
import { applications } from '../../lib/nest/application/applications';
import { checkOptions } from '../../lib/nest/application/check-options';
import type { LoggingModuleOptions, RequestLogOptions } from '../../lib/nest/application/options';
import type { MessageTransport } from '../../lib/nest/messages/message-route';
import type { CompiledScopeOptions } from '../../lib/scope/options';
import { CollectingHandler } from '../../lib/testing';

/** Options whose handlers are instances. */
export interface LogsOptions extends Omit<LoggingModuleOptions, 'handlers'> {
  /** @defaultValue one CollectingHandler, `seen` */
  readonly handlers?: Readonly<Record<string, Handler>>;
}

/** Logs on a new tree, or on the given one. */
export function logsOf(options: LogsOptions = {}, tree = new Manager()): ApplicationLogs {
  const { handlers = { seen: new CollectingHandler() } } = options;
  return new ApplicationLogs(tree, checkOptions({ ...options, handlers }), new Map(Object.entries(handlers)));
}

/** What the handler `seen` got. */
export function messagesOf(logs: ApplicationLogs): readonly string[] {
  return (logs.handlers.get('seen') as CollectingHandler).messages;
}

export interface LiveApplication {
  /** The module container of the application. */
  readonly modules: object;
  readonly logs: ApplicationLogs;
  /** The options for scopes, if it has any. */
  readonly options: CompiledScopeOptions | undefined;
}

/** An application that is running until the test is over. */
export function liveApplication(logIfErrors: RequestLogOptions | false = {}): LiveApplication {
  const modules = new Map();
  const logs = applications.add((tree) => logsOf({ logIfErrors }, tree));
  applications.bind(modules, logs);
  onTestFinished(() => {
    logs.release();
    applications.remove(logs);
  });
  return { modules, logs, options: logs.options.scope };
}

/** A transport for hooks on a class of the test. Its files are not loaded. */
export const testTransport: MessageTransport = {
  kind: 'ws',
  file: 'not loaded',
  creator: 'Creator',
  proxy: 'proxy',
  instances: { file: 'not loaded', controller: 'Controller', methodAt: 1 },
  answers: { file: 'not loaded', name: 'Controller' },
  pattern: 'pattern',
  contextAt: undefined,
};
