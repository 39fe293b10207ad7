/** SysLogHandler: every message is valid UTF-8, not too long, and has a header that matches the grammar of its format. */
import { built, recordOf } from './built.mjs';
import { literal, text } from './random.mjs';
import { logged } from './values.mjs';

const { SysLogHandler, Rfc5424Formatter } = built('logging');

class Exposed extends SysLogHandler {
  bytes(record) {
    return this.payloadOf(record);
  }
}

const SD_NAME = '[!#-<>-\\\\^-~]{1,32}';
const PARAM = ` ${SD_NAME}="(?:[^"\\\\\\]]|\\\\["\\\\\\]])*"`;
/** RFC 5424, section 6. */
const RFC5424 = new RegExp(
  `^<\\d{1,3}>1 (?:\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z|-) [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} ` +
    `(?:-|\\[${SD_NAME}(?:${PARAM})*\\])(?: |$)`,
);
/** RFC 3164, section 4.1, with an optional host. */
const RFC3164 =
  /^<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[!-~]{1,255} )?[!-~]{1,32}\[[!-~]{1,32}\]: /;
/** Above this limit a header is never cut: it is 1.5 times the longest header of RFC 5424. */
const WHOLE_HEADER = 2048;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The message in a frame, or the problem of the frame. */
function unframed(bytes, framing) {
  if (framing === undefined) return { message: bytes };
  if (framing === 'octet-counted') {
    const space = bytes.indexOf(' ');
    const message = bytes.subarray(space + 1);
    const counted = bytes.toString('latin1', 0, space);
    return counted === String(message.length)
      ? { message }
      : { problem: `counted ${counted}, not ${message.length}` };
  }
  const end = framing === 'nul' ? 0 : 10;
  if (bytes.indexOf(end) !== bytes.length - 1)
    return { problem: 'the message does not end where its frame does' };
  // Frame ends inside the message are escaped, which may make the message longer than the limit.
  return { message: bytes.subarray(0, -1), isEscaped: true };
}

export const syslogMessages = {
  name: 'syslog',

  make(random) {
    const format = random.pick(['python', 'rfc3164', 'rfc5424']);
    const framing = random.pick(['octet-counted', 'newline', 'nul', undefined]);
    const options = [
      `format: ${literal(format)}`,
      `ident: ${literal(random.chance(0.5) ? 'shop: ' : text(random))}`,
      `maxMessageBytes: ${random.pick([480, 500, 1024, 2048, 8192, 65_000])}`,
      'address: ["127.0.0.1", 9]',
    ];
    if (framing !== undefined) options.push(`framing: ${literal(framing)}`, 'socktype: "stream"');
    if (random.chance(0.3)) options.push(`hostname: ${literal(text(random))}`);
    const formatter = random.chance(0.3)
      ? `, formatter: { appName: ${literal(text(random))}, procId: ${literal(text(random))}, msgId: ${literal(text(random))}, hostname: ${literal(text(random))} }`
      : '';
    return `{ options: { ${options.join(', ')} }${formatter}, record: ${logged(random)} }`;
  },

  check({ options, formatter, record }) {
    const handler = new Exposed(options);
    try {
      if (formatter !== undefined) handler.setFormatter(new Rfc5424Formatter(formatter));
      const bytes = handler.bytes(recordOf(record));
      const { message, isEscaped, problem } = unframed(bytes, options.framing);
      if (problem !== undefined) return problem;
      if (isEscaped !== true && message.length > options.maxMessageBytes)
        return `${message.length} bytes, more than ${options.maxMessageBytes}`;
      const text = decoder.decode(message);
      if (options.maxMessageBytes < WHOLE_HEADER) return undefined;
      const format = formatter === undefined ? options.format : 'rfc5424';
      const header = { python: /^<\d{1,3}>/, rfc3164: RFC3164, rfc5424: RFC5424 }[format];
      return header.test(text)
        ? undefined
        : `the header is not a header of ${format}: ${JSON.stringify(text.slice(0, 300))}`;
    } finally {
      void handler.close();
    }
  },
};
