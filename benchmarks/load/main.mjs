// npm run load: the reference application under load, on its way from a directory to S3, with S3 failing in between.
//   --minutes N, --seconds N   how long (default 10 minutes)
//   --server process|ceph      the strict S3 server, or Ceph 20 (default process)
//   --soak                     moderate load with one fault every minute (default for an hour)
//   --users N, --instances N   who works (default 8 users), on how many processes of the application (default 2)
//   --report DIRECTORY         where report.json and report.html go (default benchmarks/load/report)
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { summary, writeReport } from './report.mjs';
import { runLoad } from './run.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    server: { type: 'string', default: 'process' },
    soak: { type: 'boolean', default: false },
    users: { type: 'string', default: '8' },
    instances: { type: 'string', default: '2' },
    report: { type: 'string', default: fileURLToPath(new URL('report', import.meta.url)) },
  },
});
const { soak, server } = values;
if (!['process', 'ceph'].includes(server)) throw new TypeError('--server is process or ceph');
const minutes = values.minutes ?? (soak ? 60 : 10);
const options = {
  ...{ server, soak, seconds: positive('seconds', values.seconds ?? minutes * 60) },
  ...{ users: positive('users', values.users), instances: positive('instances', values.instances) },
  ...(soak ? { pause: 1_000, rate: 20 } : { pause: 100, rate: 100 }),
};
const ending = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(event, () => ending.abort());
const report = await runLoad(options, console.log, ending.signal).catch((error) => {
  if (!ending.signal.aborted) throw error;
  console.error(error.message);
  process.exit(130);
});
await writeReport(values.report, report);
console.log(summary(report));
console.log(`\n${values.report}/report.html`);
process.exitCode = report.findings.length === 0 ? 0 : 1;
if (process.connected) process.disconnect();

function positive(name, text) {
  const value = Number(text);
  if (value > 0) return value;
  throw new TypeError(`--${name} takes a number above 0`);
}
