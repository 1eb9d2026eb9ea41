import { parseArgs } from 'node:util';
import { pages } from './cases/index.mjs';

/** What was written is no such command; the message tells what to write instead. */
export class UsageError extends Error {
  name = 'UsageError';
}

/** @throws UsageError, or what `parseArgs` throws. @returns `chosen`: `{ page, name }` of each case. */
export function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      page: { type: 'string' },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      server: { type: 'string' },
      write: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      written: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const { page, only, server } = values;
  const names = Object.keys(pages).join(', ');
  if (page !== undefined && pages[page] === undefined)
    throw new UsageError(`there is no page "${page}": take one of ${names}`);
  if (values.write && values.check) throw new UsageError('take --write or --check, not both');
  if (values.written && !values.check) throw new UsageError('--written goes with --check');
  if (values.quick && values.write)
    throw new UsageError('what --quick measures means nothing: it is not written');
  const running = Object.entries(pages).filter(([name, { onRequest }]) =>
    page === undefined ? onRequest !== true : name === page,
  );
  const chosen = running.flatMap(([name, { cases }]) =>
    Object.keys(cases)
      .filter((one) => one.includes(only))
      .map((one) => ({ page: name, name: one })),
  );
  if (chosen.length === 0)
    throw new UsageError(`no case has "${only}" in its name; the pages are ${names}`);
  for (const one of new Set(chosen.map((each) => each.page))) serverFor(one, server);
  return { ...values, rounds: roundsOf(values.rounds), chosen };
}

/** The server that a page runs on. */
export function serverFor(page, wanted) {
  const { servers } = pages[page];
  if (wanted === undefined) return servers[0];
  if (servers.includes(wanted)) return wanted;
  throw new UsageError(`the page ${page} runs on ${servers.join(', ')}, not on "${wanted}"`);
}

/** A page on another server than its own is a file of its own. */
export function fileOf(page, server) {
  return server === pages[page].servers[0] ? page : `${page}-${server}`;
}

function roundsOf(text) {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new UsageError(`--rounds is a whole number above 0, not "${text}"`);
}
