/** Writes the page of results: the tables, the targets, and how to read and repeat them. Single sections can be replaced. */
import { LIMITED_BY } from './limits.mjs';
import { short } from './statistics.mjs';

const READ = `Each figure is the median of the rounds. A round runs every subject once, each in a new process, so that a slow minute of
the machine affects all subjects and no compiled code is shared. CPU is the user and system time of the whole process until
its last line is complete, so it includes the work of queues. After every run the file is read and checked: a missing line
fails the run.

**ideal** is written by hand for exactly this work: it pushes to an array, builds each line with one template string, and calls
\`writeSync\` for every 64 KiB. It shows the limit of the approach and is not a usable logger. Absolute figures depend on the
machine; compare the ratios.`;

const REPEAT = `    npm ci && npm run build          # in the root
    cd bench && npm ci
    npm run bench                    # everything, more than an hour
    npm run bench -- --quick         # half of that, noisier
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
