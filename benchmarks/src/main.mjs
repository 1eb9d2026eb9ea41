// npm run bench: the providers against the raw SDK, node:fs and other libraries, hybrid storage against S3 alone,
// migrations against programs that copy, and what metrics cost, in one run on one machine.
//   --page NAME     the cases of one page: providers, hybrid, migration, concurrency, metrics or, only when it is named, scan
//   --only TEXT     cases whose names contain TEXT
//   --rounds N      how often each contestant runs each case (default 7, or what the case says)
//   --server KIND   process, sink or ceph (default: what the page says)
//   --write         writes the pages of the cases that ran: docs/benchmarks/NAME.{json,md,CASE.svg}
//   --check         runs the cases of budget.json instead, and fails where a goal is not held; --written: holds the written pages against it
//   --quick         a hundredth of everything, to try the suite itself
import { readFileSync } from 'node:fs';
import { pages } from './cases/index.mjs';
import { runCase } from './contest.mjs';
import { budgetTable, compare } from './measure/budget.mjs';
import { fileOf, optionsOf, serverFor, UsageError } from './options.mjs';
import { asMarkdown, summary, write, written } from './report.mjs';
import { SERVERS, startServer } from './servers/server.mjs';
import { findPrograms } from './tools/programs.mjs';

const ending = new AbortController();
for (const event of ['SIGINT', 'SIGTERM'])
  process.once(event, () => ending.abort(new Error(`ended by ${event}`)));

try {
  await main(optionsOf(process.argv.slice(2)), ending.signal);
} catch (error) {
  const usage = error instanceof UsageError || String(error.code).startsWith('ERR_PARSE_ARGS');
  console.error(
    ending.signal.aborted ? ending.signal.reason.message : usage ? error.message : error,
  );
  process.exitCode = ending.signal.aborted ? 130 : usage ? 2 : 1;
}

async function main(options, signal) {
  const { goals } = JSON.parse(readFileSync(new URL('../budget.json', import.meta.url), 'utf8'));
  const its = options.check ? goals.filter((goal) => isChosen(goal, options)) : [];
  const cases = options.check ? casesFor(its) : options.chosen;
  const results = options.written
    ? Object.fromEntries(cases.map(({ page }) => [page, written(fileFor(page, options))]))
    : await runAll(cases, options, signal);
  if (!options.check) return;
  if (its.length === 0) throw new UsageError('budget.json has no goal for these cases');
  const compared = compare(its, results);
  console.log(budgetTable(compared));
  if (compared.some(({ held }) => held === false)) process.exitCode = 1;
}

/** In the order of the pages, each once. */
function casesFor(goals) {
  const needed = (page, name) =>
    goals.some((goal) => goal.page === page && [goal.case, goal.toCase].includes(name));
  return Object.entries(pages).flatMap(([page, { cases }]) =>
    Object.keys(cases)
      .filter((name) => needed(page, name))
      .map((name) => ({ page, name })),
  );
}

function isChosen(goal, { chosen }) {
  return chosen.some(({ page, name }) => page === goal.page && name === goal.case);
}

function fileFor(page, { server }) {
  return fileOf(page, serverFor(page, server));
}

/** Page by page, since each may have a server of its own. @returns results by page. */
async function runAll(cases, options, signal) {
  const programs = await findPrograms(signal);
  const results = {};
  for (const page of new Set(cases.map((one) => one.page))) {
    const names = cases.filter((one) => one.page === page).map(({ name }) => name);
    results[page] = await runPage(page, names, { ...options, programs }, signal);
  }
  return results;
}

async function runPage(page, names, options, signal) {
  const { rounds, programs } = options;
  const kind = serverFor(page, options.server);
  const results = [];
  let called = SERVERS[kind];
  for (const name of names) {
    const server = await startServer(kind); // for each case: what one has left in it is not the next one's
    if (server.version !== undefined) called = `${SERVERS[kind]} (${server.version})`;
    try {
      const given = { rounds, programs, signal, connection: server.connection };
      results.push(await runCase(name, given));
    } finally {
      await server.stop();
    }
    console.log(`${summary(results.at(-1))}\n`);
  }
  const chartOf = ({ name }) => pages[page].cases[name].chart;
  if (options.write)
    write(fileOf(page, kind), pages[page], { server: called, programs, chartOf }, results);
  else if (!options.check) console.log(asMarkdown(results));
  return results;
}
