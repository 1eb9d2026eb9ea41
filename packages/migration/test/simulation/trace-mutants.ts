import type { Mutant } from './mutants.js';

/** Guards that show in the named traces. */
export const traceMutants: readonly Mutant[] = [
  {
    guard: 'a write goes to the target alone',
    family: 'traces',
    scenario: '3 crash between the two writes of a naive dual write',
    mutations: [
      {
        file: 'hybrid/src/change.ts',
        from: `    const result = await change.inTarget(condition);
`,
        to: `    await change.inSource();
    const result = await change.inTarget(condition);
`,
      },
    ],
  },
  {
    guard: 'only what was copied is retired',
    family: 'traces',
    scenario: '4 verify, then unlink a newer file',
    mutations: [
      {
        file: 'migration/src/retire/retire.ts',
        from: `  if (found.etag !== copied) return { outcome: 'changed' };
`,
        to: '',
      },
      {
        file: 'migration/src/retire/retire.ts',
        from: "const condition = { type: 'match', etag: copied } as const;",
        to: 'const condition = undefined;',
      },
      {
        file: 'migration/src/retire/retire.ts',
        from: 'if (archived.file.etag === copied) return',
        to: 'return',
      },
      {
        file: 'migration/src/retire/retire.ts',
        from: 'await source.delete(key, { condition, signal });',
        to: 'await source.delete(key, { signal });',
      },
    ],
  },
  {
    guard: 'a failed copy cleans up no file',
    family: 'traces',
    scenario: '6 clean-up of a failed copy deletes a newer object',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `    if (!isStorageError(error, 'AlreadyExists')) throw error;
    return compareWithTarget(key, etag, options, checksums)`,
        to: `    if (!isStorageError(error, 'AlreadyExists')) {
      await target.delete(key);
      throw error;
    }
    return compareWithTarget(key, etag, options, checksums)`,
      },
    ],
  },
  {
    guard: 'what was refused may be the own copy',
    family: 'traces',
    scenario: '7 ambiguous 412 after a lost answer',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `  if (from === disk && goesBy(held, etag))
    return { state: 'present', own: copiedFrom(held) === etag, ...identityOf(held) };
`,
        to: '',
      },
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: 'differingChecksums(ours, theirs).length === 0',
        to: 'false',
      },
    ],
  },
  {
    guard: 'a read promotes nothing',
    family: 'traces',
    scenario: '8 promotion on read resurrects',
    mutations: [
      {
        file: 'hybrid/src/read.ts',
        from: `      if (lower === undefined) continue;
`,
        to: `      if (lower === undefined) continue;
      await this.#target.upload(key, 'v1');
`,
      },
    ],
  },
  {
    guard: 'a drained tombstone is one',
    family: 'traces',
    scenario: '10 delete while the target is down',
    mutations: [
      {
        file: 'hybrid/src/spool/drain-key.ts',
        from: `    ...carriedOptions(entry),
`,
        to: '',
      },
    ],
  },
  {
    guard: 'a delete that could not be marked is not acknowledged',
    family: 'traces',
    scenario: '10 delete while the target is down',
    mutations: [
      {
        file: 'hybrid/src/removal.ts',
        from: 'await putTombstone(target, key, given, signal);',
        to: 'await putTombstone(target, key, given, signal).catch(() => {});',
      },
    ],
  },
  {
    guard: 'a write replaces the entry that there is',
    family: 'traces',
    scenario: '11 overwrite during an outage, then recovery',
    mutations: [
      {
        file: 'hybrid/src/spool/write.ts',
        from: `      if (entry === undefined) break;
`,
        to: `      break;
`,
      },
    ],
  },
  {
    guard: 'a drain removes only the entry that it has sent',
    family: 'traces',
    scenario: '12 two hosts spool the same key',
    mutations: [
      {
        file: 'hybrid/src/spool/entries.ts',
        from: "const removed = this.store.delete(key, { condition: { type: 'match', etag }, signal });",
        to: 'const removed = this.store.delete(key, { signal });',
      },
    ],
  },
  {
    guard: 'a drain is conditional',
    family: 'traces',
    scenario: '13 late drain over a newer write',
    mutations: [
      {
        file: 'hybrid/src/spool/drain-key.ts',
        from: `    condition,
    signal,
  };`,
        to: `    signal,
  };`,
      },
    ],
  },
  {
    guard: 'what another host has written is kept',
    family: 'traces',
    scenario: '14 disks not shared by all hosts',
    mutations: [
      {
        file: 'hybrid/src/spool/conflict.ts',
        from: 'if (there === undefined || entry.metadata[OVER] === there.etag) return;',
        to: 'if (there !== undefined) return;',
      },
    ],
  },
  {
    guard: 'a copy is written down only once it is there',
    family: 'traces',
    scenario: '18 crash after PUT, before the journal',
    mutations: [
      {
        file: 'migration/src/backfill/copy-file.ts',
        from: `    const result = await retry(
`,
        to: `    await journal.recordResult(key, { state: 'copied', attempts: 1 });
    const result = await retry(
`,
      },
    ],
  },
  {
    guard: 'what was refused may be the own copy',
    family: 'traces',
    scenario: '18 crash after PUT, before the journal',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `  if (from === disk && goesBy(held, etag))
    return { state: 'present', own: copiedFrom(held) === etag, ...identityOf(held) };
`,
        to: '',
      },
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: 'differingChecksums(ours, theirs).length === 0',
        to: 'false',
      },
    ],
  },
  {
    guard: 'what the source lacks is looked for in the target',
    family: 'traces',
    scenario: '19 crash after unlink, before the journal',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `  if (!live) return GONE;
`,
        to: `  return LOST;
`,
      },
    ],
  },
  {
    guard: 'a failed copy is not compensated',
    family: 'traces',
    scenario: '20 compensation after commit',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `    if (!isStorageError(error, 'AlreadyExists')) throw error;
    return compareWithTarget(key, etag, options, checksums)`,
        to: `    if (!isStorageError(error, 'AlreadyExists')) {
      const made = await target.stat(key).catch(() => undefined);
      if (made !== undefined && goesBy(made, etag)) await target.delete(key, { condition: { type: 'match', etag: made.etag } });
      throw error;
    }
    return compareWithTarget(key, etag, options, checksums)`,
      },
    ],
  },
  {
    guard: 'a failure is no success',
    family: 'traces',
    scenario: '21 an item that fails behind a moving cursor',
    mutations: [
      {
        file: 'migration/src/backfill/copy-file.ts',
        from: "await settle({ state: 'failed', attempts, error: { code, message } });",
        to: "await settle({ state: 'present', attempts, error: { code, message } });",
      },
    ],
  },
  {
    guard: 'in hybrid, everything is written to the target',
    family: 'traces',
    scenario: '22 rename while the scan has passed',
    mutations: [
      {
        file: 'hybrid/src/change.ts',
        from: `    if (stage === 'prepare') {
      const seen`,
        to: `    if (stage !== 'target') {
      const seen`,
      },
    ],
  },
  {
    guard: 'a move deletes after it has copied',
    family: 'traces',
    scenario: '23 crash inside a rename',
    mutations: [
      {
        file: 'core/src/derived.ts',
        from: `  const copied = await provider
    .copy(from, to, { ...options, sourceCondition: found })`,
        to: `  const body = await (provider as never as { download(key: string): Promise<{ body: AsyncIterable<Uint8Array> }> }).download(from);
  await provider.delete(from, { signal, condition: found });
  const copied = await (provider as never as { upload(key: string, body: unknown): Promise<FileMetadata> }).upload(to, body.body)`,
      },
      {
        file: 'core/src/derived.ts',
        from: '  await provider.delete(from, { signal, condition: found }).catch(',
        to: '  await Promise.resolve().catch(',
      },
    ],
  },
  {
    guard: 'stages that are not compatible exclude each other',
    family: 'traces',
    scenario: '24 an old-mode process writes after the scan',
    mutations: [{ file: 'hybrid/src/mode.ts', from: 'Math.abs(distance(a, b)) <= 1', to: 'true' }],
  },
  {
    guard: 'a member looks at the others',
    family: 'traces',
    scenario: '24 an old-mode process writes after the scan',
    mutations: [
      {
        file: 'hybrid/src/fleet/member.ts',
        from: 'const sightings = await this.#lookout.look(this.#id);',
        to: 'const sightings: readonly Sighting[] = [];',
      },
    ],
  },
  {
    guard: 'stages that are not compatible exclude each other',
    family: 'traces',
    scenario: '25 early cutover',
    mutations: [{ file: 'hybrid/src/mode.ts', from: 'Math.abs(distance(a, b)) <= 1', to: 'true' }],
  },
  {
    guard: 'the source is given up only if the gate is open',
    family: 'traces',
    scenario: '25 early cutover',
    mutations: [
      {
        file: 'migration/src/gate/gate.ts',
        from: 'open: conditions.every(({ holds }) => holds === true)',
        to: 'open: true',
      },
    ],
  },
  {
    guard: 'a member looks at the others',
    family: 'traces',
    scenario: '25 early cutover',
    mutations: [
      {
        file: 'hybrid/src/fleet/member.ts',
        from: 'const sightings = await this.#lookout.look(this.#id);',
        to: 'const sightings: readonly Sighting[] = [];',
      },
    ],
  },
  {
    guard: 'a member looks at the others',
    family: 'traces',
    scenario: '27 both directions at once',
    mutations: [
      {
        file: 'hybrid/src/fleet/member.ts',
        from: 'const sightings = await this.#lookout.look(this.#id);',
        to: 'const sightings: readonly Sighting[] = [];',
      },
    ],
  },
  {
    guard: 'a lease ends before its holder is taken for gone',
    family: 'traces',
    scenario: '28 a lease that expires while its holder is paused (fencing token)',
    mutations: [
      {
        file: 'hybrid/src/fleet/member.ts',
        from: 'if (silent <= drain - margin) return undefined;',
        to: 'return undefined;',
      },
    ],
  },
  {
    guard: 'the lease is looked at before anything becomes visible',
    family: 'traces',
    scenario: '28 a lease that expires while its holder is paused (fencing token)',
    mutations: [
      {
        file: 'migration/src/backfill/copy-up.ts',
        from: `  await mayCommit?.();
`,
        to: '',
      },
    ],
  },
  {
    guard: 'who was taken for gone does not come back',
    family: 'traces',
    scenario: '28 a lease that expires while its holder is paused (fencing token)',
    mutations: [
      {
        file: 'hybrid/src/fleet/own-record.ts',
        from: `      if (before === undefined && known !== undefined) this.#fenced = true;
`,
        to: '',
      },
    ],
  },
  {
    guard: 'only “not found” is an absence',
    family: 'traces',
    scenario: '30 an error taken for absence',
    mutations: [
      {
        file: 'hybrid/src/read.ts',
        from: "if (isStorageError(error, 'NotFound') && !(error instanceof Deleted)) return undefined;",
        to: 'if (isStorageError(error) && !(error instanceof Deleted)) return undefined;',
      },
    ],
  },
];
