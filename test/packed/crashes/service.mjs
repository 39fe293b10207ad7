/** A service that prints what happens to it. `setup` describes how it is created and what it does. */
import { open } from './library.mjs';
import { own } from './own.mjs';
import { say } from './say.mjs';

const setup = JSON.parse(process.argv[2]);

process.on('uncaughtExceptionMonitor', (error, origin) => say(`monitor ${error?.message} ${origin}`));
process.on('beforeExit', (code) => say(`beforeExit ${code}`));
process.on('exit', (code) => {
  const events = ['uncaughtException', 'SIGTERM', 'SIGINT', 'SIGHUP'];
  say(`exit ${code}, listeners ${events.map((event) => process.listenerCount(event)).join(' ')}`);
});

const { serve } = await import(`./${setup.framework}.mjs`);
const service = await serve(await open(setup), setup);
for (const name of setup.own) own[name](service);
say(`port ${service.server.address().port}`);
