/** The parts of a SysLogHandler, which loads them when it is created. */
export { destinationOf, destinationText } from './destination';
export { cutMessage, frame, messageHead, unframed } from './syslog-message';
export { syslogTransport, UnixTransport } from './syslog-transport';
