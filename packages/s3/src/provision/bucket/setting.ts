import type { BucketPlace } from './place.js';
import type { BucketSettings } from './settings.js';

export type SettingName =
  | 'ownership'
  | 'versioning'
  | 'encryption'
  | 'policy'
  | 'public access'
  | 'lifecycle'
  | 'cors'
  | 'tags'
  | 'logging';

/** What is said of a setting, by the names of its parts, in words that are the same for what means the same. */
export type Facts = Readonly<Record<string, string>>;

/** A sub-resource of a bucket. `State` is all that it holds, also what is not ours. */
export interface Setting<State> {
  readonly name: SettingName;
  /** What is needed to read it, and to write it. */
  readonly permissions: readonly [read: string, write: string];
  /** Of a bucket that has nothing of the kind. */
  readonly nothing: State;
  /** The codes by which servers tell that there is nothing of the kind. */
  readonly nothingCodes: readonly string[];
  /** @returns undefined if the server's answer shows that it does not know the setting. */
  read(place: BucketPlace): Promise<State | undefined>;
  /** The state as it should be, with all that is not ours; undefined if the settings say nothing of it. */
  wanted(settings: BucketSettings, state: State, place: BucketPlace): State | undefined;
  /** Of what is ours, or asked for. */
  facts(state: State, settings: BucketSettings): Facts;
  write(place: BucketPlace, state: State): Promise<unknown>;
  /** What a server that does not know all of it has dropped from what was written, if that is what `now` shows. */
  dropped?(wanted: State, now: State): string | undefined;
  /** What somebody should know before it is changed; `now` is undefined for a bucket that is not there yet. */
  warnings?(
    settings: BucketSettings,
    change: { readonly now: State | undefined; readonly wanted: State },
    place: BucketPlace,
  ): readonly string[];
}
