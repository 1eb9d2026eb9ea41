import type { SkipReason } from '@org/storage-core';
import type { FileState, Journal, VerificationResult } from '@org/storage-migration';

/** Something an operator has to look at. */
export interface Problem {
  readonly kind: FileState | SkipReason | Exclude<VerificationResult, 'ok'>;
  readonly path: string;
  readonly detail: string;
}

const PAGE = 1000;

const FOUND: Readonly<Record<Exclude<VerificationResult, 'ok'>, string>> = {
  missing: 'the target does not have it any more',
  different: 'the target’s content is another',
  changed: 'the source’s file has changed since it was copied',
  removed: 'the source’s file was removed since it was copied',
};

/** Every file that is not settled, every thing that was skipped, every verification that was not good. */
export async function* problemsOf(journal: Journal): AsyncGenerator<Problem> {
  for (let page = await journal.page({ limit: PAGE }); ; ) {
    for (const { key, state, error, verification } of page) {
      if (error !== undefined) yield { kind: state, path: key, detail: error.message };
      else if (state === 'gone')
        yield { kind: state, path: key, detail: 'it disappeared from the source' };
      else if (state === 'pending') yield { kind: state, path: key, detail: 'not looked at yet' };
      else if (verification !== undefined && verification !== 'ok') {
        yield { kind: verification, path: key, detail: FOUND[verification] };
      }
    }
    const last = page.at(-1);
    if (last === undefined) break;
    page = await journal.page({ limit: PAGE, after: last.key });
  }
  for await (const { reason, path, detail } of journal.skipped())
    yield { kind: reason, path, detail };
}
