import type { Count, MigrationState } from '../../../server/migration/state.js';
import { type Child, element, fill } from '../../dom/element.js';
import { providerBadge } from '../../parts/badge.js';
import { card } from '../../parts/card.js';
import { bytes, plural } from '../../text/quantity.js';
import { drawnFrom, type Panel } from './panel.js';

/** Where the application's files are, and what they cost there. */
export function storagePanel(): Panel {
  const body = element('div', { class: 'storage' });
  const show = drawnFrom(
    ({ storage, places }) => ({ storage, places }),
    ({ storage, places }) => {
      const whole = (storage.source?.bytes ?? 0) + (storage.target?.bytes ?? 0);
      fill(
        body,
        side('local', places.source, storage.source, whole),
        side('s3', places.target, storage.target, whole),
        cost(storage),
        kinds(storage),
      );
    },
  );
  return { view: card({ title: 'Storage and cost' }, body), show };
}

function side(provider: 'local' | 's3', place: string, held: Count | null, whole: number): Child {
  const meter = element('meter', {
    class: `store-meter store-${provider}`,
    min: 0,
    max: Math.max(1, whole),
    value: held?.bytes ?? 0,
    'aria-label': `Bytes in ${place}`,
  });
  return element(
    'div',
    { class: 'store' },
    element('p', { class: 'store-head' }, providerBadge(provider), element('code', null, place)),
    meter,
    element(
      'p',
      { class: 'soft' },
      held === null ? 'Not known yet.' : `${plural(held.files, 'file')}, ${bytes(held.bytes)}`,
    ),
  );
}

function cost({ cost: found }: MigrationState['storage']): Child {
  if (found === null)
    return element(
      'p',
      { class: 'soft' },
      'Costs are estimated after the first inventory, where prices are known.',
    );
  const { currency, sourceMonth, targetMonth, copy, verify, prices } = found;
  const money = (amount: number) => formatMoney(amount, currency);
  const line = (name: string, amount: string) =>
    element('div', null, element('dt', null, name), element('dd', { class: 'numeric' }, amount));
  return element(
    'div',
    null,
    element(
      'dl',
      { class: 'cost' },
      sourceMonth !== null && line('All files in the source, a month', money(sourceMonth)),
      line('All files in the target, a month', money(targetMonth)),
      line('Copying them, once', money(copy)),
      line('Verifying and retiring, once', money(verify)),
    ),
    element('p', { class: 'soft small' }, `An estimate: ${prices}; without taxes and discounts.`),
  );
}

/** Small amounts have no cents: they are told in two figures that matter. */
function formatMoney(amount: number, currency: string): string {
  const digits = amount >= 1 || amount === 0 ? 2 : 2 - Math.ceil(Math.log10(amount));
  return new Intl.NumberFormat('en', {
    ...{ style: 'currency', currency, maximumFractionDigits: Math.min(8, Math.max(2, digits)) },
  }).format(amount);
}

function kinds({ kinds: found }: MigrationState['storage']): Child {
  if (found.length === 0) return null;
  return element(
    'ul',
    { class: 'kind-list', 'aria-label': 'Kinds of files' },
    ...found.map(({ name, files, bytes: size }) =>
      element(
        'li',
        null,
        element('strong', null, name === '' ? 'no extension' : `.${name}`),
        element('span', { class: 'soft' }, `${plural(files, 'file')}, ${bytes(size)}`),
      ),
    ),
  );
}
