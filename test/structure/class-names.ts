/** Which file a class must live in: the name of the class in kebab-case, its role as a suffix. */
import ts from 'typescript';

/** A role becomes the suffix of the file name; the longest match wins. */
const ROLES = [
  'Handler',
  'Formatter',
  'Error',
  'Queue',
  'Module',
  'Service',
  'Interceptor',
  'Middleware',
  'Decorator',
] as const;

/** The classes that a file exports. */
export function classesIn(text: string): string[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022);
  return source.statements
    .filter(ts.isClassDeclaration)
    .filter((node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map((node) => node.name?.text ?? 'a class without a name');
}

function roleOf(className: string): string | undefined {
  return ROLES.find((suffix) => className.endsWith(suffix) && className !== suffix);
}

/** Whether a class has a role that the name of its file tells, such as Handler. */
export function hasRole(className: string): boolean {
  return roleOf(className) !== undefined;
}

/** The best name for the file of a class: `JsonFormatter` → `json.formatter.ts`, `LogRecord` → `log-record.ts`. */
export function fileNameFor(className: string): string {
  const role = roleOf(className);
  if (role === undefined) return `${kebab(className)}.ts`;
  return `${kebab(className.slice(0, -role.length))}.${kebab(role)}.ts`;
}

/** Classes whose file has a name of its own, with the reason. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  // The file holds the `lastResort` of Python; that it is a class is beside the point.
  LastResortHandler: 'lib/core/last-resort.ts',
};

/**
 * Whether a file bears the name of its class. Where a hyphen or a dot goes is not decided here (`sys-log.handler.ts`
 * and `syslog.handler.ts` both hold SysLogHandler), and a file need not repeat the last word of its folder
 * (`format-style/percent.ts` holds PercentStyle).
 */
export function isNamedAfter(path: string, className: string): boolean {
  if (NAMED_OTHERWISE[className] === path) return true;
  const [folder = '', file = ''] = path.split('/').slice(-2);
  const plain = squeeze(file.replace(/\.ts$/, ''));
  const lastWordOfFolder = squeeze(folder.split('-').at(-1) ?? '');
  return plain === squeeze(className) || `${plain}${lastWordOfFolder}` === squeeze(className);
}

function squeeze(name: string): string {
  return name.replace(/[-.]/g, '').toLowerCase();
}

/** `SMTPHandler` is one word and one word: `smtp-handler`; so are `NTEventLog` and `HTTPServer`. */
function kebab(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
