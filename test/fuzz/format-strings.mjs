/** Format strings and time patterns are accepted, or refused with a ConfigurationError. A record fails only with a FormatError. */
import { built, recordOf } from './built.mjs';
import { literal, text } from './random.mjs';

const { ConfigurationError, Formatter, PrettyFormatter } = built('logging');
const { FormatError } = built('errors');

const NAMES = [
  'message',
  'lineno',
  'created',
  'args',
  'name',
  'asctime',
  'x',
  'y',
  'nope',
  'msecs',
  '0',
  'exc_info',
  '',
];
const NUMBERS = [
  '0',
  '1',
  '5',
  '12',
  '010',
  '5000',
  '5001',
  '99999',
  '99999999999999999999',
  '-1',
  '.',
  '.3',
  '.6000',
];

function percent(random) {
  const parts = [
    '%',
    random.chance(0.9) ? `(${random.pick(NAMES)})` : random.pick(['(', ')', '((a)', '']),
    random.some(2, () => random.pick('-+ 0#')).join(''),
    random.chance(0.4) ? random.pick(NUMBERS) : '',
    random.chance(0.2) ? `.${random.pick(NUMBERS)}` : '',
    random.chance(0.05) ? '*' : '',
    random.letter('sssdioxXeEfFgGcrauhl%q'),
  ];
  return parts.join('');
}

function braces(random, depth = 0) {
  if (random.chance(0.1)) return random.pick(['{', '}', '{{', '}}', '{}', '{!r}', '{:}', '{0', '{a[', '{a.']);
  const path = random
    .some(2, () => random.pick(['.k', '[k]', '[0]', '[-1]', '.', '[', '[]', '[😀]']))
    .join('');
  const conversion = random.chance(0.2) ? random.pick(['!r', '!s', '!a', '!x', '!']) : '';
  const nested = depth < 3 && random.chance(0.3) ? braces(random, depth + 1) : '';
  const spec = random.chance(0.5)
    ? `:${random.pick(['', '<', '>', '=', '^', '*^', '😀<'])}${random.pick(['', '+', ' ', '-', 'z', '#', '0'])}${
        random.chance(0.5) ? random.pick(NUMBERS) : nested
      }${random.pick(['', ',', '_', '.2', '.'])}${random.letter('sdbcoxXeEfFgGn%q')}`
    : '';
  return `{${random.pick(NAMES)}${path}${conversion}${spec}}`;
}

function dollars(random) {
  return random.pick([
    '$',
    '$$',
    '${',
    '${}',
    '$1',
    '$é',
    `$${random.pick(NAMES)}`,
    `\${${random.pick(NAMES)}}`,
    '$\r\n',
  ]);
}

const MAKERS = { '%': percent, '{': braces, $: dollars };

function timePattern(random) {
  const directive = () =>
    `%${random.some(2, () => random.pick('-_0^#')).join('')}${random.pick(['', '', '3', '999', '1000'])}${random.pick(['', 'E', 'O'])}${random.letter('aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%fLq')}`;
  const once = random.some(6, () => (random.chance(0.7) ? directive() : text(random, 1))).join('');
  return once.repeat(random.chance(0.1) ? random.pick([10, 100, 1000]) : 1);
}

/** Values of fields that can be part of a format spec. */
const FIELDS = [
  '5',
  '-5',
  '1.5',
  'NaN',
  '-Infinity',
  '1e308',
  '2 ** 53',
  '10n ** 40n',
  'true',
  'null',
  'undefined',
  '">3000000"',
  '"5000"',
  '300000000',
  '[1, [2, "x"]]',
  '{ k: { k: "v" } }',
  'new Map([["k", 1], [0, 2]])',
  'new Set([1])',
  'Buffer.from("x\\n")',
  'new Date(0)',
];
/** In a format with many fields these would make the text long, not slow. */
const LONG_FIELDS = ['"x".repeat(100000)', '"😀".repeat(50000)'];

export const formatStrings = {
  name: 'format-strings',

  make(random) {
    const style = random.pick(['%', '{', '$']);
    const one = () => (random.chance(0.75) ? MAKERS[style](random) : text(random, 2));
    const once = random.some(5, one).join('') || MAKERS[style](random);
    const count = random.chance(0.15)
      ? Math.ceil(Math.min(random.pick([10, 300, 5000, 20_000]), 100_000 / once.length))
      : 1;
    const field = () => random.pick(count === 1 ? [...FIELDS, ...LONG_FIELDS] : FIELDS);
    const options = [
      `style: ${literal(style)}`,
      `validate: ${random.chance(0.5)}`,
      `utc: ${random.chance(0.5)}`,
    ];
    if (random.chance(0.5)) options.push(`datefmt: ${literal(timePattern(random))}`);
    if (random.chance(0.3)) options.push(`defaults: { nope: ${random.pick(FIELDS)} }`);
    const record = [
      'name: "shop"',
      'levelno: 20',
      `msg: ${literal(text(random))}`,
      'args: []',
      `created: ${random.pick(['0', '1709194500.123', '-1.5', '8.64e12', '1e300', 'NaN'])}`,
      `extra: { x: ${field()}, y: ${field()} }`,
      `lineno: ${random.pick(['0', '5', '-5', 'NaN', '1e21', '1n << 70n'])}`,
    ];
    return `{ format: ${literal(once)}.repeat(${count}), options: { ${options.join(', ')} }, record: { ${record.join(', ')} } }`;
  },

  check({ format, options, record }) {
    let formatters;
    try {
      formatters = [
        new Formatter(format, options),
        new PrettyFormatter({ colors: false, timeFormat: options.datefmt }),
      ];
    } catch (error) {
      if (error instanceof ConfigurationError) return undefined;
      throw error;
    }
    try {
      for (const formatter of formatters) formatter.format(recordOf(record));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (error.message.length > 5000) return `the error has ${error.message.length} characters`;
    }
    return undefined;
  },
};
