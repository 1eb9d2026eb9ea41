// npm run bench: the providers against the raw SDK, node:fs and other libraries, in one run on one machine.
//   --only TEXT     cases whose names contain TEXT
//   --rounds N      how often each contestant runs each case (default 7)
//   --write         writes docs/benchmarks/providers.{json,md}
import { parseArgs } from 'node:util';
import { cases } from './cases/index.mjs';
import { runCase } from './contest.mjs';
import { asMarkdown, summary, write } from './report.mjs';
import { startServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '7' },
    write: { type: 'boolean', default: false },
  },
});

const server = await startServer();
const results = [];
try {
  for (const name of Object.keys(cases)) {
    if (!name.includes(values.only)) continue;
    const result = await runCase(name, Number(values.rounds), server.connection);
    results.push(result);
    console.log(`${summary(result)}\n`);
  }
} finally {
  await server.stop();
}
if (results.length === 0) throw new Error(`no case has "${values.only}" in its name`);
if (values.write) write(results);
else console.log(asMarkdown(results));
