/** Creates a copy of the compiled library that imitates another release: its internal members have other names. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledLib } from './compiled-lib';

/** Members that one copy must not use on objects of another copy. */
const RENAMED = [
  'updateEnabled',
  'sharing',
  'dispatch',
  'callHandlers',
  'accept',
  'filterFailed',
  'levelOf',

  'writtenErrors',
  'adopt',
  'addMissing',
  'crash',
  'fail',
  'settle',
  'expire',
  'giveUp',
  'isAbandoned',
  'isListed',
  'isOwnedBy',
  'passesThrough',
  'work',
  'held',
  'settled',
  'hasWritten',
  'noteWritten',
  'discard',
  'keptUntil',
  'leaving',
  'admission',
  'copyTo',
  'copyRenderedTo',
  'givenError',
  'details',
  'more',
  'resolved',
  'recovered',
  'newestFirst',
  'trackWeakly',
  'recentErrorsOf',
  'tell',
  'handleError',
  'createTransport',
  'payloadOf',
  'admits',
  'spend',
  'summarise',
  'logOwn',
  'evict',
] as const;

/** Matches these names, except in paths and texts. */
const NAMES = new RegExp(`(?<![-/'"\\w])(?:${RENAMED.join('|')})(?![-/'"\\w])`, 'g');

/** The directory of a new copy. The caller removes it. */
export async function otherVersion(): Promise<string> {
  const lib = await compiledLib();
  const copy = mkdtempSync(`${lib}-other-`);
  cpSync(lib, copy, { recursive: true });
  for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(NAMES, (name) => `${name}Anew`),
    );
  }
  return copy;
}
