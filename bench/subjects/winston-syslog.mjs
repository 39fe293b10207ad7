/** winston with its syslog transport. */
import { setTimeout } from 'node:timers/promises';
import winston from 'winston';
import { Syslog } from 'winston-syslog';

/** Whether the transport and its socket have sent everything. */
function isIdle({ queue, socket }) {
  if (queue.length > 0 || socket === null) return false;
  return (socket.writableLength ?? socket.getSendQueueCount()) === 0;
}

export function network({ host, port, kind }) {
  const transport = new Syslog({
    host,
    port,
    protocol: kind === 'udp' ? 'udp4' : 'tcp4',
    facility: 'user',
    app_name: 'shop',
    eol: '\n',
    format: winston.format.combine(
      winston.format.splat(),
      winston.format.printf(({ message }) => message),
    ),
  });
  const logger = winston.createLogger({ levels: winston.config.syslog.levels, transports: [transport] });
  return {
    log: (i) => logger.info('order o-%d packed in %d ms', i, 12),
    async flush() {
      while (!isIdle(transport)) await setTimeout(1);
    },
    close: () => logger.close(),
  };
}
