/** Runs in Node for Windows, under Wine: logs with NTEventLogHandler and writes the results to a file. */
const { writeFileSync } = require('node:fs');
const { makeLogRecord, Manager, NTEventLogHandler } = require('nestjs-hindsight/logging');

const [, , resultFile] = process.argv;
const failures = [];
const keepFailure = (_record, error) => void failures.push(String(error));

async function main() {
  const handler = new NTEventLogHandler('HindsightSuite');
  handler.handleError = keepFailure;
  const logger = new Manager().getLogger('shop');
  logger.setLevel('DEBUG');
  logger.addHandler(handler);
  logger.debug('debug %s', 'text');
  logger.info('info \u4f60 \u{1f600} \ud800 end');
  logger.warning('warning before\0after');
  logger.error('error %1');
  logger.critical('x'.repeat(40_000));
  await handler.close();

  const own = new NTEventLogHandler('HindsightOwnFile', {
    dllname: 'C:\\shop\\m\u00e9ssages.dll',
    logtype: 'HindsightLog',
  });
  own.getMessageID = () => 1000;
  own.getEventCategory = () => 3;
  own.handleError = keepFailure;
  own.handle(makeLogRecord({ name: 'shop', levelno: 20, msg: 'own file' }));
  await own.close();
}

main().then(
  () => writeFileSync(resultFile, JSON.stringify({ platform: process.platform, failures })),
  (error) => writeFileSync(resultFile, JSON.stringify({ error: String(error?.stack ?? error) })),
);
