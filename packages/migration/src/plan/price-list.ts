import { Checker } from './checker.js';

/** What a store costs in one region, at one time. Prices age: `date` says when they were taken down. */
export interface PriceList {
  readonly version: 1;
  readonly provider: string;
  readonly region: string;
  /** ISO 4217, such as `USD`. */
  readonly currency: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Where the prices were taken from: URLs. */
  readonly sources: readonly string[];
  /** For each GiB. */
  readonly transferIn: number;
  /** For each GiB a month to the internet. */
  readonly transferOut: readonly Tier[];
  /** By S3's names of storage classes; the first one is what files get if nothing is said. */
  readonly classes: Readonly<Record<string, StorageClassPrices>>;
}

/** A price for each GiB up to an amount, and from the end of the tier before. The last one has no end. */
export interface Tier {
  readonly upToGiB?: number;
  readonly price: number;
}

export interface StorageClassPrices {
  /** For each GiB and month. */
  readonly storage: readonly Tier[];
  /** For 1,000 requests: PUT, COPY, POST, LIST. */
  readonly put: number;
  /** For 1,000 requests: GET and all others. */
  readonly get: number;
  /** For each GiB that is read. Default 0. */
  readonly retrieval?: number;
  /** Smaller files are billed as if they had so many bytes. Default 0. */
  readonly minimumBytes?: number;
  /** A file that is deleted sooner is billed for so long. Default 0. */
  readonly minimumDays?: number;
  /** For 1,000 files and month, of those that have so many bytes or more. */
  readonly monitoring?: { readonly price: number; readonly fromBytes: number };
}

/**
 * Checks a price list from elsewhere.
 * @param place names it in the error's message.
 * @throws StorageError `InvalidArgument`, with the place of what is wrong.
 */
export function parsePriceList(value: unknown, place = 'the price list'): PriceList {
  const at = new Checker(place);
  const list = at.object(value, '');
  at.known(list, '', [
    ...['version', 'provider', 'region', 'currency', 'date', 'sources'],
    ...['transferIn', 'transferOut', 'classes'],
  ]);
  if (list['version'] !== 1) at.fail('version', 'is 1, the only one there is');
  const date = at.text(list['date'], 'date');
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date)))
    at.fail('date', 'is a date, YYYY-MM-DD');
  const classes = Object.entries(at.object(list['classes'], 'classes'));
  if (classes.length === 0) at.fail('classes', 'has at least one storage class');
  const currency = at.text(list['currency'], 'currency');
  if (!/^[A-Z]{3}$/.test(currency)) at.fail('currency', 'is a code of three letters, such as USD');
  return {
    version: 1,
    provider: at.text(list['provider'], 'provider'),
    region: at.text(list['region'], 'region'),
    currency,
    date,
    sources: at
      .list(list['sources'], 'sources')
      .map((url, index) => at.text(url, `sources[${index}]`)),
    transferIn: at.amount(list['transferIn'], 'transferIn'),
    transferOut: tiers(at, list['transferOut'], 'transferOut'),
    classes: Object.fromEntries(
      classes.map(([name, prices]) => [name, classPrices(at, prices, `classes.${name}`)]),
    ),
  };
}

function classPrices(at: Checker, value: unknown, path: string): StorageClassPrices {
  const given = at.object(value, path);
  at.known(given, path, [
    ...['storage', 'put', 'get', 'retrieval'],
    ...['minimumBytes', 'minimumDays', 'monitoring'],
  ]);
  const optional = (name: 'retrieval' | 'minimumBytes' | 'minimumDays') =>
    given[name] === undefined ? {} : { [name]: at.amount(given[name], `${path}.${name}`) };
  return {
    storage: tiers(at, given['storage'], `${path}.storage`),
    put: at.amount(given['put'], `${path}.put`),
    get: at.amount(given['get'], `${path}.get`),
    ...optional('retrieval'),
    ...optional('minimumBytes'),
    ...optional('minimumDays'),
    ...(given['monitoring'] === undefined
      ? {}
      : { monitoring: monitoring(at, given['monitoring'], `${path}.monitoring`) }),
  };
}

function monitoring(at: Checker, value: unknown, path: string) {
  const given = at.object(value, path);
  at.known(given, path, ['price', 'fromBytes']);
  return {
    price: at.amount(given['price'], `${path}.price`),
    fromBytes: at.amount(given['fromBytes'], `${path}.fromBytes`),
  };
}

function tiers(at: Checker, value: unknown, path: string): Tier[] {
  const given = at.list(value, path);
  if (given.length === 0) at.fail(path, 'has at least one tier');
  let begin = 0;
  return given.map((entry, index) => {
    const tier = at.object(entry, `${path}[${index}]`);
    at.known(tier, `${path}[${index}]`, ['upToGiB', 'price']);
    const price = at.amount(tier['price'], `${path}[${index}].price`);
    const last = index === given.length - 1;
    if (last !== (tier['upToGiB'] === undefined))
      at.fail(`${path}[${index}].upToGiB`, 'is given of every tier but the last');
    if (last) return { price };
    const upToGiB = at.amount(tier['upToGiB'], `${path}[${index}].upToGiB`);
    if (upToGiB <= begin)
      at.fail(`${path}[${index}].upToGiB`, 'is more than that of the tier before');
    begin = upToGiB;
    return { upToGiB, price };
  });
}
