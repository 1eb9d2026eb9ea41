import type { SkipReason } from '@org/storage-core';
import {
  type FileState,
  filesIn,
  type Journal,
  type VerificationResult,
} from '@org/storage-migration';

/** Something an operator has to look at. */
export interface Problem {
  readonly kind: FileState | SkipReason | Exclude<VerificationResult, 'ok'> | 'needed';
  readonly path: string;
  readonly detail: string;
}

const FOUND: Readonly<Record<Exclude<VerificationResult, 'ok'>, string>> = {
  missing: 'the target does not have it any more',
  different: 'the target’s content is another',
  changed: 'the source’s file has changed since it was copied',
  removed: 'the source’s file was removed since it was copied',
};

const STAYS = {
  changed: 'it was not retired: something has written to it since it was copied',
  needed: 'it was not retired: the target has nothing under this key',
} as const;

/** Every file that is not settled, every thing that was skipped, every verification that was not good, every file that could not be retired. */
export async function* problemsOf(journal: Journal): AsyncGenerator<Problem> {
  for await (const file of filesIn(journal, {})) {
    const { key, state, error, verification, retirement } = file;
    if (error !== undefined) yield { kind: state, path: key, detail: error.message };
    else if (state === 'gone')
      yield { kind: state, path: key, detail: 'it disappeared from the source' };
    else if (state === 'pending') yield { kind: state, path: key, detail: 'not looked at yet' };
    else if (verification !== undefined && verification !== 'ok') {
      yield { kind: verification, path: key, detail: FOUND[verification] };
    } else if (retirement === 'changed' || retirement === 'needed')
      yield { kind: retirement, path: key, detail: STAYS[retirement] };
  }
  for await (const { reason, path, detail } of journal.skipped())
    yield { kind: reason, path, detail };
}
