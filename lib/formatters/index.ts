/** Everything in this folder that the package exports. Add new formatters here. */
export { BufferingFormatter } from './buffering.formatter';
export { Formatter, type FormatterOptions } from './formatter';
export { JsonFormatter, type JsonFormatterOptions } from './json.formatter';
export { LogfmtFormatter, type LogfmtFormatterOptions } from './logfmt.formatter';
export { Rfc5424Formatter, type Rfc5424FormatterOptions } from './rfc5424.formatter';
export { PrettyFormatter, type PrettyFormatterOptions } from './pretty.formatter';
export { DEFAULT_REDACTIONS, type RedactOptions } from './redactor';
