import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Application } from './application.mjs';
import { fire } from './cannon.mjs';
import { Child } from './child.mjs';
import { Course } from './course.mjs';
import { growthOf, leaksOf } from './leaks.mjs';
import { Operator } from './operator.mjs';
import { Policy } from './policy.mjs';
import { scenesOf, TROUBLES } from './troubles.mjs';
import { User } from './user.mjs';
import { openOf } from './vitals.mjs';

const S3_PROGRAM = fileURLToPath(new URL('s3-process.mjs', import.meta.url));

/** Files of the first user that autocannon reads, and that nobody deletes. */
const STILL = 20;

/**
 * One load test.
 * @param options `server`: `process` or `ceph`; `seconds`; `soak`; `instances` of the application; `users`; `pause`: ms between two
 * requests of a user at the most; `rate`: requests of autocannon in a second.
 * @param signal breaks it off.
 * @returns the report; `findings` is empty where nothing was lost, wrong or left behind.
 */
export async function runLoad(options, log, signal) {
  const home = await mkdtemp(join(tmpdir(), 'load-'));
  const [s3, { connection }] = await Child.start(S3_PROGRAM, [options.server]);
  try {
    const application = await Application.start(home, connection, options.instances);
    try {
      const run = onApplication({ options, log, application, s3, connection, signal });
      return await Promise.race([run, broken(signal)]);
    } finally {
      await application.kill();
    }
  } finally {
    await s3.end();
    await rm(home, { recursive: true, force: true });
  }
}

function broken(signal) {
  return new Promise((_, reject) => {
    const end = () => reject(new Error('the load test was broken off'));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

async function onApplication({ options, log, application, s3, connection, signal }) {
  const { seconds, soak, pause } = options;
  const storePort = Number(new URL(connection.endpoint).port);
  const policy = new Policy();
  const course = new Course({ application, storePort, policy, seconds });
  const origins = application.instances.map(({ origin }) => origin);
  const users = Array.from(
    { length: options.users },
    (_, index) => new User(index + 1, origins[index % origins.length], policy, course.record),
  );
  const tell = (what) => log(`${course.now.toFixed().padStart(5)} s  ${what}`);
  const operator = new Operator(origins[0], application.configuration, tell);
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  const shots = [];
  try {
    await operator.begin(application.admin);
    await Promise.all(users.map((user) => user.begin()));
    const still = users[0].keep(STILL);
    const before = await openBefore(application, storePort);
    const work = Promise.all(users.map((user) => user.work(users, pause, stop.signal)));
    await Promise.all([playAll().finally(() => stop.abort()), work]);
    course.finish();
    tell('looks at every file');
    return await judged(before);

    async function playAll() {
      for (const scene of scenesOf(seconds, soak)) {
        await scene.before?.(operator);
        course.begin(scene.name);
        tell(scene.name);
        const target = { files: still, user: users[0], rate: options.rate, seconds: scene.seconds };
        const fired = fire({ ...target, origin: origins[0], policy, signal: stop.signal });
        await Promise.all([fired, play(scene, s3, policy)]);
        const shot = await fired;
        if (shot.cut > 0 && scene.trouble === undefined)
          policy.wrong(`${shot.cut} connections of autocannon broke in ${scene.name}`);
        shots.push({ scene: scene.name, ...shot });
      }
    }
  } finally {
    stop.abort();
    await course.close();
    operator.close();
    for (const user of users) user.close();
  }

  async function judged(before) {
    const checked = await Promise.all(users.map((user) => user.checkAll()));
    tell('compares the table with the store');
    const inconsistencies = await operator.inconsistencies();
    await course.close();
    operator.close();
    for (const user of users) user.close();
    tell('looks for what is left');
    const leaks = await leaksOf({ application, before, storePort, s3, policy });
    const growth = soak ? growthOf(course.samples) : [];
    const abandoned = (await s3.ask('uploads')).length;
    const endings = await application.end();
    return {
      made: new Date().toISOString(),
      ...{
        options,
        findings: [...policy.findings, ...inconsistencies, ...leaks, ...growth, ...endings],
      },
      wrong: policy.found,
      files: checked.reduce((sum, count) => sum + count, 0),
      deleted: users.reduce((sum, { ledger }) => sum + ledger.deleted.length, 0),
      /** Multipart uploads that trouble broke off, and that are the lifecycle rule's. */
      abandoned,
      answers: policy.counts,
      troubles: policy.recoveries(),
      ...{
        scenes: course.scenes,
        latencies: course.latencies(),
        autocannon: shots,
        samples: course.samples,
      },
    };
  }
}

/** Its trouble lasts for a third, in the middle. */
async function play({ seconds, trouble, lasts = (seconds / 3) * 1000 }, s3, policy) {
  if (trouble === undefined) return sleep(seconds * 1000);
  const end = performance.now() + seconds * 1000;
  await sleep((seconds * 1000 - lasts) / 2);
  const ended = policy.begin(trouble);
  try {
    await TROUBLES[trouble](s3, lasts);
  } finally {
    ended();
  }
  await sleep(Math.max(0, end - performance.now()));
}

function openBefore({ instances }, storePort) {
  return Promise.all(instances.map(({ pid, origin }) => openOf(pid, origin, storePort)));
}
