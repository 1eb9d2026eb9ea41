import type { CostEstimate, MigrationPlan } from '@org/storage-migration';
import { formatBytes, formatCount } from '../format.js';
import { table, wrap } from './layout.js';
import { formatMoney } from './money.js';
import type { ReportContext } from './report.js';

export function costSection({ cost, inventory }: MigrationPlan, context: ReportContext): string[] {
  const width = context.columns - 2;
  if (cost === undefined) return wrap(`Not estimated: ${context.noPrices ?? 'no prices'}.`, width);
  const { currency, requests, classes, provider, region, date, sources } = cost;
  const money = (amount: number) => formatMoney(amount, currency);
  const rows = classes.map((of) => [
    of.storageClass,
    money(of.copy + cost.transferIn),
    money(of.verify),
    money(of.readBack),
    money(of.retire),
    money(of.storage),
  ]);
  const head = ['class', 'copy', 'verify', 'read back', 'retire', 'a month'];
  return [
    ...table([head, ...rows], ['left', 'right', 'right', 'right', 'right', 'right']),
    ...[
      `Copying takes ${formatCount(requests.put)} PUT and ${formatCount(requests.get)} HEAD requests. ` +
        `Verifying and retiring take a HEAD for each file. To read all of it back (verify --full) over the internet costs its transfer, too, which within the region is free.`,
      ...minimumSizes(cost, inventory.bytes),
      deletes(cost),
      `${provider}, ${region}, prices of ${date}. Prices age, and taxes and discounts are not in them: see ${sources[0] ?? 'the provider'}.`,
    ].flatMap((text) => wrap(text, width)),
  ];
}

/** What small files cost more than their bytes. */
function minimumSizes({ classes }: CostEstimate, bytes: number): string[] {
  const above = classes.filter(({ billedBytes }) => billedBytes > bytes);
  const [first] = above;
  if (first === undefined) return [];
  const names = above.map(({ storageClass }) => storageClass).join(', ');
  return [
    `${names}: small files are billed as larger ones, ${formatBytes(first.billedBytes)} instead of ${formatBytes(bytes)}.`,
  ];
}

function deletes({ classes, currency }: CostEstimate): string {
  const price = classes[0]?.thousandDeletes ?? 0;
  const cents = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    maximumFractionDigits: 4,
  });
  return `While it runs, 1,000 deletes by the application cost ${cents.format(price)}: each leaves a mark until the end.`;
}
