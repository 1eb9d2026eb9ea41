import {
  type CostEstimate,
  type Journal,
  migrationReport,
  type PriceList,
  RESOLVED,
} from '@org/storage-migration';
import type { CostState, Count, ProgressState, StorageState } from './state.js';

/** Kinds of files that are told. */
const KINDS = 8;

const GIB = 1024 ** 3;

/** What a walk through all files of the journal tells: it is made seldom. */
export interface Inventory {
  readonly kinds: StorageState['kinds'];
  readonly cost: CostEstimate | undefined;
}

export async function inventoryOf(
  journal: Journal,
  prices: PriceList | undefined,
): Promise<Inventory> {
  const { usage, cost } = await migrationReport(journal, prices === undefined ? {} : { prices });
  return { kinds: usage.extensions.slice(0, KINDS), cost };
}

/** Where the files are, and what that costs. */
export function storageState(of: {
  readonly progress: ProgressState;
  readonly usage: { readonly source: Count; readonly target: Count } | undefined;
  readonly inventory: Inventory | undefined;
  readonly sourcePrice: number | undefined;
}): StorageState {
  const { progress, usage, inventory, sourcePrice } = of;
  return {
    source: usage?.source ?? null,
    target: usage?.target ?? copied(progress),
    kinds: inventory?.kinds ?? [],
    cost:
      inventory?.cost === undefined
        ? null
        : costState(inventory.cost, progress.total.bytes, sourcePrice),
  };
}

/** Of what this migration has brought there, at least. */
function copied({ begun, states }: ProgressState): Count | null {
  if (!begun) return null;
  const there = RESOLVED.map((state) => states[state] ?? { files: 0, bytes: 0 });
  return {
    files: there.reduce((total, { files }) => total + files, 0),
    bytes: there.reduce((total, { bytes }) => total + bytes, 0),
  };
}

function costState(
  estimate: CostEstimate,
  bytes: number,
  sourcePrice: number | undefined,
): CostState | null {
  const [standard] = estimate.classes;
  if (standard === undefined) return null;
  const { provider, region, date, currency, transferIn } = estimate;
  return {
    currency,
    prices: `${provider}, ${region}, ${standard.storageClass}, prices of ${date}`,
    sourceMonth: sourcePrice === undefined ? null : (bytes / GIB) * sourcePrice,
    targetMonth: standard.storage,
    copy: standard.copy + transferIn,
    verify: standard.verify + standard.retire,
  };
}
