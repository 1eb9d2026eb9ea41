import type { ServerName } from '../../server-profile.js';
import type { Refusal } from './refusal.js';
import type { Facts, SettingName } from './setting.js';
import type { BucketSettings } from './settings.js';

/** How a bucket is, and how it shall be. */
export interface BucketPlan {
  readonly bucket: string;
  readonly server: ServerName;
  readonly settings: BucketSettings;
  /** The bucket itself first, then its settings, those that nothing is asked of left out. */
  readonly differences: readonly BucketDifference[];
}

export interface BucketDifference {
  readonly setting: 'bucket' | SettingName;
  /**
   * `create`: there is nothing of the kind yet · `change`: there is, and it is another one · `none`: it is as it shall be ·
   * `unsupported`: the server does not know it · `denied`: the role may not read it · `failed`: it could not be read.
   */
  readonly kind: 'create' | 'change' | 'none' | Refusal['kind'];
  /** By the names of its parts; of lists only what is ours. */
  readonly now: Facts;
  readonly wanted: Facts;
  /** Why it could not be read. */
  readonly message?: string | undefined;
  /** What to know before it is changed: what is opened, lost, or can't be had. */
  readonly warnings: readonly string[];
}

/** Whether there is something to do. */
export function isPending({ kind }: BucketDifference): boolean {
  return kind === 'create' || kind === 'change';
}

/** The difference in lines of text: `+` is new, `-` goes, `~` changes, `!` is to be known. */
export function differenceLines(difference: BucketDifference): readonly string[] {
  const { setting, kind, now, wanted, message, warnings } = difference;
  const names = [...new Set([...Object.keys(now), ...Object.keys(wanted)])];
  const changed = names.filter((name) => now[name] !== wanted[name]);
  return [
    ...(kind === 'create' && changed.length === 0 ? [`+ ${setting}`] : []),
    ...(isPending(difference) ? changed : []).map((name) => {
      const what = name === setting ? setting : `${setting}: ${name}`;
      const [from, to] = [now[name], wanted[name]];
      if (from === undefined) return `+ ${what}: ${to}`;
      return to === undefined ? `- ${what}: ${from}` : `~ ${what}: ${from} → ${to}`;
    }),
    ...(message === undefined ? [] : [`! ${setting}: ${message}`]),
    ...warnings.map((warning) => `! ${setting}: ${warning}`),
  ];
}

export function isSame(left: Facts, right: Facts): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
  );
}
