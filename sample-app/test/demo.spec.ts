import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

describe('the demo', () => {
  it('prints the table, the dump and the totals within 100 columns, and exits 0', async () => {
    const program = join(__dirname, '../dist/demo/main.js');

    const { stdout } = await promisify(execFile)(process.execPath, [program]);

    const [table = '', dump = '', totals = ''] = stdout.split(/^What .*\n|^In all\n/m);
    expect(table).toMatch(/POST \/orders\/1\/checkout +201 +[\d,]+ +2 +10 +0 +10 /);
    expect(table).toMatch(/POST \/orders\/13\/checkout +500 +[\d,]+ +2 +15 +15 +0 /);
    expect(table).toMatch(/GET \/health +200 +[\d,]+ +0 +0 +0 +0 +0\n/);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(dump).toContain('goods EUR 15.90 - voucher EUR 25.00 = EUR -9.10');
    expect(dump).toContain('Error: the gateway refused: amount_too_small');
    expect(totals).toMatch(/the same requests again, all of DEBUG written +\d{3} lines/);
    // eslint-disable-next-line no-control-regex -- checks that there is no escape character
    expect(stdout).not.toMatch(/\u001B/);
  });
});
