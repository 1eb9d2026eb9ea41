// npm run bench: the providers against the raw SDK, node:fs and other libraries, hybrid storage against S3 alone,
// migrations against programs that copy, and what metrics cost, in one run on one machine.
//   --page NAME     the cases of one page: providers, hybrid, migration or metrics
//   --only TEXT     cases whose names contain TEXT
//   --rounds N      how often each contestant runs each case (default 7, or what the case says)
//   --write         writes the pages of the cases that ran: docs/benchmarks/NAME.{json,md}
import { parseArgs } from 'node:util';
import { pages } from './cases/index.mjs';
import { runCase } from './contest.mjs';
import { asMarkdown, summary, write } from './report.mjs';
import { startServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    page: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const chosen = Object.entries(pages).flatMap(([page, { cases }]) =>
  Object.keys(cases)
    .filter((name) => (values.page ?? page) === page && name.includes(values.only))
    .map((name) => ({ page, name })),
);
if (chosen.length === 0) {
  const where = values.page === undefined ? '' : ` on a page "${values.page}"`;
  throw new Error(`no case has "${values.only}" in its name${where}`);
}

const server = await startServer();
const results = [];
try {
  for (const { page, name } of chosen) {
    const result = await runCase(name, values.rounds && Number(values.rounds), server.connection);
    results.push({ page, result });
    console.log(`${summary(result)}\n`);
  }
} finally {
  await server.stop();
}
for (const [page, described] of Object.entries(pages)) {
  const its = results.filter((one) => one.page === page).map(({ result }) => result);
  if (its.length === 0) continue;
  if (values.write) write(page, described, its);
  else console.log(asMarkdown(its));
}
