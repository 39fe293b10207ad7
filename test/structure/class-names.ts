/** Files that are named after a class: its name in kebab-case, with its role as a suffix. */
import ts from 'typescript';

const ROLE_NAME = /\.(?:handler|formatter|error|queue|module|service|interceptor)\.ts$/;

/** The classes that a file exports. */
export function classesIn(text: string): string[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022);
  return source.statements
    .filter(ts.isClassDeclaration)
    .filter((node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map((node) => node.name?.text ?? 'a class without a name');
}

/** Whether the name of a file ends with a role: `json.formatter.ts`. */
export function hasRoleName(path: string): boolean {
  return ROLE_NAME.test(path);
}

/**
 * Whether a file bears the name of its class. Where a hyphen or a dot goes is not decided here (`sys-log.handler.ts`
 * and `syslog.handler.ts` both hold SysLogHandler), and a file need not repeat the last word of its folder
 * (`text-style/percent.ts` may hold PercentStyle).
 */
export function isNamedAfter(path: string, className: string): boolean {
  const [folder = '', file = ''] = path.split('/').slice(-2);
  const plain = squeeze(file.replace(/\.ts$/, ''));
  const lastWordOfFolder = squeeze(folder.split('-').at(-1) ?? '');
  return plain === squeeze(className) || `${plain}${lastWordOfFolder}` === squeeze(className);
}

function squeeze(name: string): string {
  return name.replace(/[-.]/g, '').toLowerCase();
}
