/** A real systemd-journal-remote, which takes log entries over HTTP and keeps them in a journal. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { Daemon, freeTcpPort, listens } from './daemon';

/** The program lies beside the commands, in a directory of systemd's own. */
export const JOURNAL_REMOTE = '/usr/lib/systemd/systemd-journal-remote';

/** Fields of an entry, as `journalctl -o json` prints them. */
export type JournalEntry = Readonly<Record<string, unknown>>;

export class JournalRemote {
  readonly port: number;
  readonly #journal: string;

  constructor(port: number, journal: string) {
    this.port = port;
    this.#journal = journal;
  }

  async entries(): Promise<JournalEntry[]> {
    if (!existsSync(this.#journal)) return [];
    const { stdout } = await promisify(execFile)('journalctl', ['--file', this.#journal, '-o', 'json']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry);
  }

  /** Resolves with the entries once there are so many. */
  async received(count: number): Promise<JournalEntry[]> {
    return until(
      async () => {
        const entries = await this.entries();
        return entries.length >= count ? entries : undefined;
      },
      { what: `the journal has ${count} entries` },
    );
  }
}

/** Starts one for the running test and ends it when the test is over. */
export async function startJournalRemote(): Promise<JournalRemote> {
  const port = await freeTcpPort();
  const journal = join(tempDir(), 'out.journal');
  const listen = `--listen-http=127.0.0.1:${port}`;
  const daemon = new Daemon(JOURNAL_REMOTE, [listen, '--split-mode=none', '-o', journal]);
  onTestFinished(() => daemon.end());
  await daemon.ready(() => listens(port));
  return new JournalRemote(port, journal);
}
