/** How records become text. */
export { BufferingFormatter } from './buffering.formatter';
export { Formatter, type FormatterOptions } from './formatter';
export { JsonFormatter, type JsonFormatterOptions } from './json.formatter';
export { PrettyFormatter, type PrettyFormatterOptions } from './pretty.formatter';
export { DEFAULT_REDACTIONS, type RedactOptions } from './redactor';
