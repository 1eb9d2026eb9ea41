import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openOf } from './vitals.mjs';

/** ms that the application may take to give back what it has used. */
const PATIENCE = 30_000;
const LOOK = 250;

/** Connections that a store of the application keeps for what comes next, at the most: two storages, and what the migration uses. */
const POOL = 200;

/** Descriptors that stay open once they were needed: of locks, 64 for each store, and of databases, one for each connection. */
const KEPT = /[.]storage[/]locks[/][0-9a-f]{2}$|[.]sqlite(-wal|-shm)?$/;

/** Megabytes, and the part of what there was, by which memory may grow between the second quarter of a soak and its last. */
const GROWTH = { least: 48, share: 0.25 };

/** What is left once nobody uses the application any more. @param before descriptors of each process before the load. */
export async function leaksOf({ application, before, storePort, s3, policy }) {
  let leaks;
  for (const end = performance.now() + PATIENCE; ; await sleep(LOOK)) {
    leaks = [
      ...(await openLeaks(application, before, storePort)),
      ...(await fileLeaks(application)),
      ...(await s3.ask('uploads'))
        .filter(({ begun }) => !policy.mayBreak(begun))
        .map(({ key }) => `an unfinished multipart upload of ${key}`),
    ];
    if (leaks.length === 0 || performance.now() > end) return leaks;
  }
}

async function openLeaks({ instances }, before, storePort) {
  const leaks = await Promise.all(
    instances.map(async ({ name, pid, origin }, index) => {
      const { clients = 0, store = 0, others = [] } = await openOf(pid, origin, storePort);
      const more = newOf(others, before[index]?.others ?? []);
      return [
        ...(clients > 0 ? [`${name}: ${clients} sockets to clients that have gone`] : []),
        ...(store > POOL ? [`${name}: ${store} sockets to S3`] : []),
        ...more.map((what) => `${name}: ${what} is open`),
      ];
    }),
  );
  return leaks.flat();
}

/** What there was not before, but for what is kept on purpose. */
function newOf(others, before) {
  const left = [...before];
  return others.filter((what) => {
    const at = left.indexOf(what);
    if (at >= 0) left.splice(at, 1);
    return at < 0 && !KEPT.test(what);
  });
}

/** Temporary files, and those that a write to the directory has left. */
async function fileLeaks({ instances, files }) {
  const temporary = await Promise.all(instances.map(({ temporary }) => filesIn(temporary)));
  const own = join(files, '.storage');
  const stays = ['trash', 'locks'].map((name) => join(own, name));
  const inDirectory = (await filesIn(own)).filter(
    (path) => !stays.some((directory) => path.startsWith(directory)),
  );
  return [...temporary.flat(), ...inDirectory].map((path) => `a file is left: ${path}`);
}

async function filesIn(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of a soak: whether memory goes on growing. */
export function growthOf(samples) {
  const quarter = Math.floor(samples.length / 4);
  const names = (samples[0]?.instances ?? []).map((_, index) => index);
  return names.flatMap((index) => {
    const median = (part) => {
      const all = part.map(({ instances }) => instances[index].rss ?? 0).sort((a, b) => a - b);
      return (all[Math.floor(all.length / 2)] ?? 0) / 2 ** 20;
    };
    const [early, late] = [
      median(samples.slice(quarter, 2 * quarter)),
      median(samples.slice(-quarter)),
    ];
    const allowed = Math.max(GROWTH.least, early * GROWTH.share);
    if (late - early <= allowed) return [];
    return [
      `application ${index + 1}: memory grew from ${early.toFixed()} to ${late.toFixed()} MiB`,
    ];
  });
}
