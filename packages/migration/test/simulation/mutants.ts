import type { Mutation } from './mutate.js';

export interface Mutant {
  /** The guard that is missing. */
  readonly guard: string;
  /** Of scenarios, in which that has to show. */
  readonly family: string;
  /** The one of them that it takes, where it shows rarely. */
  readonly scenario?: string;
  readonly mutations: readonly Mutation[];
}

const mutant = (
  family: string,
  guard: string,
  file: string,
  from: string,
  to: string,
  scenario?: string,
): Mutant => ({
  ...{ family, guard, mutations: [{ file, from, to }] },
  ...(scenario === undefined ? {} : { scenario }),
});

export const mutants: readonly Mutant[] = [
  mutant(
    'way back',
    'a directory compares versions under a lock that every change takes',
    'testkit/src/simulator/locking-client.ts',
    '    if (this.#locks.get(key)?.alive === true) return false;\n',
    '',
    'on the way back: an update beside a write and the backfill',
  ),
  mutant(
    'way back',
    'a directory’s changes without a condition take the lock, too',
    'testkit/src/simulator/locking-client.ts',
    "if (condition?.type === 'absent') return this.#store.upload(key, body, options);",
    "if (condition?.type !== 'match') return this.#store.upload(key, body, options);",
    'on the way back: an update beside a write and the backfill',
  ),
  mutant(
    'overlay',
    'a read looks into the target a second time',
    'hybrid/src/read.ts',
    'pair <= 2',
    'pair <= 1',
  ),
  mutant(
    'overlay',
    'a delete writes a tombstone',
    'hybrid/src/removal.ts',
    'plainly ? remove(target, given) :',
    'plainly || given === undefined ? remove(target, given) :',
  ),
  mutant(
    'overlay',
    'the tombstone comes before the delete in the source',
    'hybrid/src/change.ts',
    `    const result = await change.inTarget(condition);
`,
    `    if (condition === undefined) await this.#drop(change.key);
    const result = await change.inTarget(condition);
`,
  ),
  mutant(
    'outage',
    'a write goes to the target before the source’s copy is dropped, and drops it',
    'hybrid/src/change.ts',
    `    if (stage === 'hybrid' || stage === 'settled') await this.#drop(change.key);
`,
    '',
  ),
  mutant(
    'overlay',
    'the backfill only creates',
    'migration/src/backfill/copy-up.ts',
    `      condition: { type: 'absent' },
`,
    '',
  ),
  mutant(
    'overlay',
    'a create over a tombstone is conditional',
    'hybrid/src/change.ts',
    "seen.type === 'tombstone' ? match(seen.etag) : ABSENT,",
    "seen.type === 'tombstone' ? undefined : ABSENT,",
  ),
  mutant(
    'overlay',
    'a create looks into the source',
    'hybrid/src/change.ts',
    "stage !== 'target' && (await statIfThere(this.#source, key, signal)) !== undefined",
    'false',
  ),
  mutant(
    'overlay',
    'an update is conditional',
    'hybrid/src/change.ts',
    '        return await this.#inTarget(change, stage, condition);\n',
    '        return await this.#inTarget(change, stage);\n',
  ),
  mutant(
    'fleet',
    'an update of a file in the source waits for the hand-over',
    'hybrid/src/change.ts',
    "        if (stage === 'hybrid') throw beforeHandOver(key);\n",
    '',
  ),
  mutant(
    'fleet',
    'prepare asks the target before it writes to the source',
    'hybrid/src/change.ts',
    "      if (seen.type === 'absent') return change.inSource();",
    '      return change.inSource();',
  ),
  mutant(
    'fleet',
    'prepare does not look a second time after its write',
    'hybrid/src/change.ts',
    "      if (seen.type === 'absent') return change.inSource();",
    `      if (seen.type === 'absent') {
        const result = await change.inSource();
        const again = await look(this.#target, change.key, change.signal);
        return again.type === 'absent' ? result : change.inTarget();
      }`,
    'the modes prepare and hybrid side by side',
  ),
  mutant(
    'overlay',
    'a tombstone is no file',
    'hybrid/src/read.ts',
    '        if (isTombstone(file)) throw new Deleted(key);\n',
    '',
    'looks and listings beside deletes and the backfill',
  ),
  mutant(
    'overlay',
    'a tombstone ends a read',
    'hybrid/src/read.ts',
    '!(error instanceof Deleted)',
    'true',
    'a request that arrives late, and one whose answer is lost',
  ),
  mutant(
    'copying',
    'a file is retired only when the target has it',
    'migration/src/retire/retire.ts',
    "  if ((await look(target, key, signal)).type === 'absent') return { outcome: 'needed' };\n",
    '',
    'a retirement of what was never copied',
  ),
  mutant(
    'reversal',
    'a copy is taken back only if it is still that',
    'migration/src/retire/revert.ts',
    "await target.delete(key, { condition: { type: 'match', etag: targetEtag }, signal });",
    'await target.delete(key, { signal });',
    'a run that is taken back beside the mode prepare',
  ),
  mutant(
    'reversal',
    'nobody drops the source’s file while copies are taken back',
    'hybrid/src/change.ts',
    "if (stage === 'hybrid' || stage === 'settled') await",
    "if (stage !== 'target') await",
  ),
  mutant(
    'reversal',
    'the halves of a reversion are apart by the longest request',
    'migration/src/retire/revert-run.ts',
    '      if (!stopped) await wait(drain, rest);\n',
    '',
    'a run that is taken back in bulk, and killed',
  ),
  mutant(
    'reversal',
    'what was put aside before a kill is looked for',
    'migration/src/retire/recognise.ts',
    '  if (!(await anyWasCutOff(journal, run.id))) return;\n',
    '  return;\n',
    'files that are retired in bulk, and a kill',
  ),
  mutant(
    'reversal',
    'what was given back is looked at once more',
    'migration/src/retire/give-back.ts',
    "  if (!isOthers(after, targetEtag)) return { outcome: 'restored' };\n",
    "  if (after !== undefined) return { outcome: 'restored' };\n",
    'files that are given back beside an application, and a kill',
  ),
  mutant(
    'reversal',
    'what is given back is written down before it may be retired again',
    'migration/src/retire/give-back.ts',
    '  await options.onRestored(restored);\n',
    '',
    'what was given back is retired again',
  ),
  mutant(
    'reversal',
    'a file counts as retired until it was looked at once more',
    'migration/src/retire/restore-files.ts',
    'journal.recordSource(key, restored),',
    'journal.recordSource(key, restored).then(() => journal.recordRetirement(key, undefined)),',
    'files that are given back beside an application, and a kill',
  ),
  mutant(
    'reversal',
    'a file that a killed run has given back is known by its content',
    'migration/src/retire/give-back.ts',
    'if (found !== undefined && !(await hasContent(source, found, checksums, signal)))',
    'if (found !== undefined)',
    'files that are given back beside an application, and a kill',
  ),
  mutant(
    'reversal',
    'a sweep is conditional',
    'migration/src/retire/sweep.ts',
    "{ condition: { type: 'match', etag: seen.etag }, signal }",
    '{ signal }',
    'a sweep beside writes',
  ),
  mutant(
    'outage',
    'only a store that has not answered is stood in for',
    'hybrid/src/read.ts',
    'if (found === undefined) throw error;',
    "if (found === undefined) throw new StorageError('NotFound', key);",
    'the source stands in for a target that comes and goes',
  ),
  mutant(
    'outage',
    'an error is no absence',
    'hybrid/src/look.ts',
    "if (isStorageError(error, 'NotFound') || isStorageError(error, 'InvalidKey')) return undefined;",
    'if (isStorageError(error)) return undefined;',
    'an outage in which calls fail',
  ),
  mutant(
    'copying',
    'what is missing from both stores is not taken for something to be copied',
    'migration/src/backfill/missing-copies.ts',
    '    if ((await statIfThere(source, file.key, signal)) === undefined) continue;\n',
    '',
    'copies that are missing from the target, made again beside an application',
  ),
  mutant(
    'copying',
    'what is missing from the target is made again by a create only',
    'migration/src/backfill/copy-up.ts',
    `      condition: { type: 'absent' },
`,
    '',
    'copies that are missing from the target, made again beside an application',
  ),
  mutant(
    'copying',
    'a file that changed while it was read is not copied',
    'migration/src/backfill/copy-up.ts',
    '  if (now.etag !== etag) throw changedMeanwhile(key);\n',
    '',
    'a program that writes into a file while it is copied',
  ),
  mutant(
    'copying',
    'what was refused is looked at before it is taken for a conflict',
    'migration/src/backfill/copy-up.ts',
    "  if (seen.type === 'tombstone') return { state: 'deleted' };\n  const held",
    '  if (seen.type === "tombstone") throw new StorageError("Conflict", key);\n  const held',
  ),
  mutant(
    'copying',
    'an upload is written down before its first part',
    'migration/src/backfill/copy-file.ts',
    '            await journal.recordUpload(key, uploadId, sourceEtag);\n',
    '',
    'a program that writes into a file whose upload has begun',
  ),
  mutant(
    'copying',
    'an upload is gone on with only for the file that it was begun with',
    'migration/src/backfill/unfinished-uploads.ts',
    'sourceEtag === etag',
    'true',
    'a program that writes into a file whose upload has begun',
  ),
  mutant(
    'copying',
    'what is left of files that are not tried again is removed',
    'migration/src/backfill/unfinished-uploads.ts',
    '!again || ',
    '',
    'a migration that goes on with the parts that a crash or a fault has left',
  ),
  mutant(
    'copying',
    'what the application takes out of the source is looked for in the target',
    'migration/src/backfill/copy-up.ts',
    '  if (!live) return GONE;\n',
    '  return GONE;\n',
  ),
  {
    guard: 'the source is listed before the target',
    family: 'overlay',
    scenario: 'looks and listings beside deletes and the backfill',
    mutations: [
      {
        file: 'hybrid/src/merged.ts',
        from: '      const window = await take(first, WINDOW);\n',
        to: `      const early: B[] = [];
      for await (const other of second({ startAfter, upTo: undefined })) early.push(other);
      const window = await take(first, WINDOW);
`,
      },
      {
        file: 'hybrid/src/merged.ts',
        from: 'second({ startAfter, upTo })',
        to: 'early as unknown as AsyncIterable<B>',
      },
    ],
  },
  mutant(
    'spool',
    'an entry that came during a write is renewed',
    'hybrid/src/spool/write.ts',
    '      if (await entries.renew(entry, {})) return;',
    '      return;',
    'a slow write to the target beside an entry that is drained',
  ),
  mutant(
    'spool',
    'a write looks into the spool first',
    'hybrid/src/spool/write.ts',
    '      if (entry === undefined) break;\n',
    '      break;\n',
  ),
  mutant(
    'spool',
    'a drain is conditional',
    'hybrid/src/spool/drain-key.ts',
    "base === null ? { type: 'absent' } : { type: 'match', etag: base };",
    'undefined as never;',
    'two drains of one entry beside a writer',
  ),
  mutant(
    'spool',
    'an entry is removed only if it is the one that was sent',
    'hybrid/src/spool/drain-key.ts',
    ': await entries.remove(entry, options);',
    ': await entries.store.delete(entry.key).then(() => true);',
    'two drains of one entry beside a writer',
  ),
  mutant(
    'spool',
    'what a drain has sent by way of the spool is the application’s',
    'hybrid/src/origin.ts',
    'file.metadata[SPOOLED] === undefined ? originETag(file) : undefined',
    'originETag(file)',
    'a migration beside a writer that crashes, with a spool',
  ),
  mutant(
    'overlay',
    'a copy within the target is of the version that was found',
    'hybrid/src/copy.ts',
    '{ sourceCondition: pinned, signal }',
    '{ signal }',
    'copies beside deletes of their originals',
  ),
];
