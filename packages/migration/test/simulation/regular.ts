import type { OperationRecord } from '@org/storage-testkit/simulator';

/**
 * What is read while the target is away: no content whose overwrite or delete had been acknowledged before. (While one is under
 * way, either may be read: the register is regular, not atomic.)
 */
export function checkRegular(
  initial: Readonly<Record<string, string>>,
  changes: readonly OperationRecord[],
  reads: readonly OperationRecord[],
): void {
  for (const read of reads) {
    if (read.operation.kind !== 'read' || read.ended === Number.POSITIVE_INFINITY) continue;
    const { key } = read.operation;
    const made = changes.filter(
      ({ operation, result }) =>
        operation.key === key && !isLook(operation.kind) && result !== false,
    );
    const overwrote = made.filter(({ ended }) => ended < read.began);
    const origins = made.filter(
      ({ operation, began }) => written(operation) === read.result && began < read.ended,
    );
    const current = (since: number) => !overwrote.some(({ began }) => began > since);
    const known = initial[key] === read.result && current(Number.NEGATIVE_INFINITY);
    if (known || origins.some(({ ended }) => current(ended))) continue;
    throw new Error(
      `${read.process} read ${JSON.stringify(read.result)} of ${key} while the target was away, which had been overwritten`,
    );
  }
}

const isLook = (kind: string) => kind === 'read' || kind === 'exists';

function written(operation: OperationRecord['operation']): string | undefined {
  return 'value' in operation ? operation.value : undefined;
}
