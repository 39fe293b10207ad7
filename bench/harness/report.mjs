/** Writes the page of results: the tables, the targets, and how to read and repeat them. Single sections can be replaced. */
import { LIMITED_BY } from './limits.mjs';
import { short } from './statistics.mjs';

const READ = `Each figure is the median of the rounds. A round runs every subject once, one after the other, each in a fresh process, so
that a slow minute of the machine meets all of them and no compiled code leaks from one to the next. Servers run side by side:
each is warmed up, then windows of load of one second go round from one server to the next, and the figure of a round is the
lower quartile of the windows. CPU is the user and system time of the whole process; outside of windows it is measured until the last
line is complete, so a queue left over is paid for. After every run the file is read back: a missing line fails the run.

**ideal** is written by hand for exactly this work: an array pushed to, one template string a line, one \`writeSync\` for
64 KiB. It is the limit of the approach, not a logger one could use. **floor** is the ideal with the duties that a logging
package cannot be without; each section says which. Absolute figures differ from machine to machine; compare the ratios.`;

const REPEAT = `    npm ci && npm run build          # in the root
    cd bench && npm ci
    npm run bench                    # everything, some hours
    npm run bench -- --quick         # an hour, noisier
    npm run bench -- --other-node F  # served requests also under another Node
    npm run bench -- --section emit  # one section, also on the page
    npm run smoke                    # seconds: checks that every subject runs and loses no line`;

function verdict({ id, value, limit, missed }) {
  if (value === undefined || Number.isNaN(value)) return `- not measured: ${id}`;
  if (!missed) return `- met: ${id} (${short(value)})`;
  const by = short((value / limit - 1) * 100);
  return `- **missed by ${by} %**: ${id} (${short(value)}). Limited by: ${LIMITED_BY[id] ?? 'not examined yet'}.`;
}

export function sectionText({ title, about }, { tables, targets }, { machine, plan, rounds }) {
  const taken = `${new Date().toISOString().slice(0, 10)}, Node ${machine.node}, \`${plan}\` run, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}.`;
  const verdicts = targets.length === 0 ? [] : ['Targets:', targets.map(verdict).join('\n')];
  return [`## ${title}`, taken, about, ...tables, ...verdicts].join('\n\n');
}

/** The page with new sections in place of old ones with the same title; `titles` gives their order. */
export function page(old, { machine, titles, sections }) {
  const kept = new Map(
    old.split(/^(?=## )/m).map((text) => [text.slice(3, text.indexOf('\n')), text.trim()]),
  );
  for (const text of sections) kept.set(text.slice(3, text.indexOf('\n')), text);
  const facts = [
    `- machine: ${machine.machine}`,
    `- Python ${machine.python}`,
    `- ${machine.packages}`,
    '- the date and the Node of each section are below its title',
  ].join('\n');
  const head = ['# What it costs', 'Written by `npm run bench`; do not edit.', facts];
  const body = titles.map((title) => kept.get(title)).filter((text) => text !== undefined);
  return [...head, '## How to read it', READ, '## How to repeat it', REPEAT, ...body].join('\n\n') + '\n';
}
