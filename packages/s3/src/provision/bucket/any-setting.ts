import { failureOf } from '../../failure.js';
import { CORS } from './cors.js';
import { ENCRYPTION } from './encryption.js';
import { LIFECYCLE } from './lifecycle.js';
import { LOGGING } from './logging.js';
import { OWNERSHIP } from './ownership.js';
import type { BucketPlace } from './place.js';
import { POLICY } from './policy.js';
import { PUBLIC_ACCESS } from './public-access.js';
import { type Refusal, refusalOf } from './refusal.js';
import type { Facts, Setting, SettingName } from './setting.js';
import type { BucketSettings } from './settings.js';
import { TAGS } from './tags.js';
import { VERSIONING } from './versioning.js';

/** A setting as it was found, and what it takes to make it as it shall be. */
export interface Reading {
  readonly now: Facts;
  readonly wanted: Facts;
  readonly warnings: readonly string[];
  /** What the server has dropped, if this is how it shows what was written. */
  readonly dropped: string | undefined;
  write(): Promise<unknown>;
  /** Writes it as it was found. */
  putBack(): Promise<unknown>;
}

/** A setting whose state nobody else needs to know. */
export interface AnySetting {
  readonly name: SettingName;
  /** @returns undefined if the settings say nothing of it. @throws StorageError */
  read(place: BucketPlace, settings: BucketSettings): Promise<Reading | Refusal | undefined>;
  /** Of a bucket that is not there yet. */
  fresh(place: BucketPlace, settings: BucketSettings): Reading | undefined;
  /** What a failed write means. @throws StorageError */
  refusal(error: unknown, place: BucketPlace): Refusal;
}

function anySetting<State>(setting: Setting<State>): AnySetting {
  const { name, nothing, nothingCodes, permissions } = setting;
  /** @param now Undefined: there is no bucket. */
  const reading = (
    now: State | undefined,
    place: BucketPlace,
    settings: BucketSettings,
  ): Reading | undefined => {
    const wanted = setting.wanted(settings, now ?? nothing, place);
    if (wanted === undefined) return undefined;
    return {
      now: now === undefined ? {} : setting.facts(now, settings),
      wanted: setting.facts(wanted, settings),
      warnings: setting.warnings?.(settings, { now, wanted }, place) ?? [],
      dropped: setting.dropped?.(wanted, now ?? nothing),
      write: () => setting.write(place, wanted),
      putBack: () => setting.write(place, now ?? nothing),
    };
  };
  return {
    name,
    fresh: (place, settings) => reading(undefined, place, settings),
    read: async (place, settings) => {
      if (setting.wanted(settings, nothing, place) === undefined) return undefined;
      try {
        const state = await setting.read(place);
        if (state !== undefined) return reading(state, place, settings);
        return { kind: 'unsupported', message: 'the server does not know this setting' };
      } catch (error) {
        if (nothingCodes.includes(failureOf(error).code)) return reading(nothing, place, settings);
        return refusalOf(error, place, permissions[0]);
      }
    },
    refusal: (error, place) => refusalOf(error, place, permissions[1]),
  };
}

/**
 * In the order in which they are written: who may be let in after it is settled that lists have no say, and public access
 * last, since a policy that holds a public statement of somebody else could not be written any more.
 */
export const ALL_SETTINGS: readonly AnySetting[] = [
  anySetting(OWNERSHIP),
  anySetting(VERSIONING),
  anySetting(ENCRYPTION),
  anySetting(POLICY),
  anySetting(PUBLIC_ACCESS),
  anySetting(LIFECYCLE),
  anySetting(CORS),
  anySetting(TAGS),
  anySetting(LOGGING),
];
