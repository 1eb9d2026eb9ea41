import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { failureOf } from '../../failure.js';
import { ALL_SETTINGS, type AnySetting, type Reading } from './any-setting.js';
import { createBucket } from './create.js';
import { type BucketDifference, type BucketPlan, isPending, isSame } from './difference.js';
import { type BucketPlace, type FoundBucket, findBucket } from './place.js';
import { wantedBlock } from './public-access.js';
import { type Refusal, told } from './refusal.js';
import type { SettingName } from './setting.js';
import type { BucketSettings } from './settings.js';

export interface BucketApplyOptions {
  /** Milliseconds for which a change is awaited to be seen. Default 10,000. */
  readonly settle?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BucketOutcome {
  readonly setting: 'bucket' | SettingName;
  /**
   * `done`: it was seen to be as it shall be · `changed`: somebody else changes it, too, and it was left: plan again ·
   * `unsupported`: the server does not know it, or takes it and does not keep it · `denied`, `failed`: as the message says.
   */
  readonly result: 'done' | 'changed' | Refusal['kind'];
  readonly message?: string | undefined;
}

type Outcome = Omit<BucketOutcome, 'setting'>;

const SETTLE = 10_000;
/** Milliseconds between two looks; each is twice the one before. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** The bucket was just created, or another change of its settings is under way. */
const NOT_YET: readonly string[] = [
  'NoSuchBucket',
  'OperationAborted',
  'ConditionalRequestConflict',
];

/**
 * Makes a bucket as it was planned: what is `create` or `change` in the plan, and nothing else. Each setting is read again
 * just before it is written, so that what others have added meanwhile stays, and afterwards until it is seen; one that is
 * refused does not stop the others. Run again after it was interrupted, or twice at once, it comes to the same.
 * @throws StorageError `AlreadyExists` if the bucket’s name is somebody else’s; the rest as `planBucket` does.
 */
export async function applyBucket(
  client: S3Client,
  plan: BucketPlan,
  { settle = SETTLE, signal }: BucketApplyOptions = {},
): Promise<readonly BucketOutcome[]> {
  const { settings } = plan;
  const pending = plan.differences.filter(isPending);
  const isNew = pending.some(({ setting }) => setting === 'bucket');
  let found = await findBucket(client, plan.bucket, plan.server, signal);
  const outcomes: BucketOutcome[] = [];
  if (isNew) {
    if (found.existence !== 'present') await createBucket(found.place, settings);
    found = await seen(found, settle);
    outcomes.push({ setting: 'bucket', result: 'done' });
  }
  for (const setting of inOrder(settings)) {
    const planned = pending.find((difference) => difference.setting === setting.name);
    if (planned === undefined) continue;
    // What a new bucket has from the start nobody has seen, and nobody has put there.
    const expected = isNew ? undefined : planned;
    const outcome = await change(setting, settings, found.place, expected, settle);
    outcomes.push({ setting: setting.name, ...outcome });
  }
  return outcomes;
}

/** A public policy is refused until public access is opened for it. */
function inOrder(settings: BucketSettings): readonly AnySetting[] {
  if (wantedBlock(settings).publicPolicy) return ALL_SETTINGS;
  const isFirst = ({ name }: AnySetting) => name === 'public access';
  return [...ALL_SETTINGS.filter(isFirst), ...ALL_SETTINGS.filter((each) => !isFirst(each))];
}

/** @param planned What somebody has agreed to; undefined: whatever it takes. */
async function change(
  setting: AnySetting,
  settings: BucketSettings,
  place: BucketPlace,
  planned: BucketDifference | undefined,
  settle: number,
): Promise<Outcome> {
  const pause = pauses(place, settle);
  for (;;) {
    const reading = await setting.read(place, settings);
    if (reading === undefined) return { result: 'done' };
    if ('kind' in reading) return { result: reading.kind, message: reading.message };
    const { now, wanted } = reading;
    if (isSame(now, wanted)) return { result: 'done' };
    if (planned && !(isSame(now, planned.now) && isSame(wanted, planned.wanted))) return CHANGED;
    try {
      await reading.write();
    } catch (error) {
      if (NOT_YET.includes(failureOf(error).code) && (await pause())) continue;
      const { kind, message } = setting.refusal(error, place);
      return { result: kind, message };
    }
    return awaited(setting, settings, place, reading, settle);
  }
}

const CHANGED = {
  result: 'changed',
  message: 'somebody else has changed it meanwhile: it was left as it is',
} as const satisfies Outcome;

/** Reads until the change is seen. What the server has kept a part of could do harm, and is put back as it was. */
async function awaited(
  setting: AnySetting,
  settings: BucketSettings,
  place: BucketPlace,
  before: Reading,
  settle: number,
): Promise<Outcome> {
  const pause = pauses(place, settle);
  for (;;) {
    const reading = await setting.read(place, settings);
    if (reading === undefined) return { result: 'done' };
    if ('kind' in reading) return { result: reading.kind, message: reading.message };
    if (isSame(reading.now, reading.wanted)) return { result: 'done' };
    if (await pause()) continue;
    if (!isSame(reading.now, before.now)) {
      if (reading.dropped === undefined) return CHANGED;
      try {
        await before.putBack();
      } catch (error) {
        const { kind, message } = setting.refusal(error, place);
        return {
          result: kind,
          message: `the server drops ${reading.dropped}, and it could not be put back: ${message}`,
        };
      }
      return {
        result: 'unsupported',
        message: `the server drops ${reading.dropped}: it was put back as it was`,
      };
    }
    const message = `the server takes it, and does not show it after ${settle} ms`;
    return { result: 'unsupported', message };
  }
}

async function seen(found: FoundBucket, settle: number): Promise<FoundBucket> {
  const { client, bucket, server, signal } = found.place;
  const pause = pauses(found.place, settle);
  for (;;) {
    const again = await findBucket(client, bucket, server, signal);
    if (again.existence !== 'absent' || !(await pause())) return again;
  }
}

/** Waits, each time longer, and tells whether there was time left to. */
function pauses(place: BucketPlace, settle: number): () => Promise<boolean> {
  const deadline = performance.now() + settle;
  let next = FIRST_PAUSE;
  return async () => {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    try {
      await sleep(Math.min(next, left), undefined, { signal: place.signal });
    } catch (error) {
      throw told(error, place, 'provision');
    }
    next = Math.min(next * 2, LONGEST_PAUSE);
    return true;
  };
}
