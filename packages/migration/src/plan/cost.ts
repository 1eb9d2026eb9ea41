import { Checker } from './checker.js';
import type { PriceList, StorageClassPrices, Tier } from './price-list.js';
import { copyRequests, type Requests } from './requests.js';

/** Of one storage class, in the currency of the prices; taxes and discounts are not in it. */
export interface ClassCost {
  readonly storageClass: string;
  /** Once: the requests that copy all files. */
  readonly copy: number;
  /** Once: a HEAD for each file, to verify it by its checksum; and another one to retire it from the source. */
  readonly verify: number;
  readonly retire: number;
  /** Once: every file read back over the internet to verify it: GET, retrieval and transfer. */
  readonly readBack: number;
  /** Each month. */
  readonly storage: number;
  /** Bytes that `storage` is for: small files count as the class's smallest billable size. */
  readonly billedBytes: number;
  /** For each 1,000 files that the application deletes while the migration lasts: a tombstone is a PUT, its sweep is free. */
  readonly thousandDeletes: number;
  /** Days that a file is billed for at the least. */
  readonly minimumDays: number;
}

export interface CostEstimate {
  readonly provider: string;
  readonly region: string;
  readonly currency: string;
  /** When the prices were taken down, `YYYY-MM-DD`. */
  readonly date: string;
  readonly sources: readonly string[];
  /** Of the copy. */
  readonly requests: Requests;
  /** Once: what is sent to the store. */
  readonly transferIn: number;
  readonly classes: readonly ClassCost[];
}

/** AWS bills by GB of 2^30 bytes: https://aws.amazon.com/s3/faqs/#Billing */
const GIB = 1024 ** 3;

interface ClassTally {
  readonly name: string;
  readonly prices: StorageClassPrices;
  billed: number;
  monitored: number;
}

/** Adds up what files cost. */
export class CostCounter {
  readonly #prices: PriceList;
  readonly #partSize: number;
  readonly #classes: readonly ClassTally[];
  #files = 0;
  #bytes = 0;
  #requests: Requests = { put: 0, get: 0 };

  constructor(prices: PriceList, partSize: number) {
    this.#prices = prices;
    this.#partSize = partSize;
    this.#classes = Object.entries(prices.classes).map(([name, of]) => {
      return { name, prices: of, billed: 0, monitored: 0 };
    });
  }

  add(size: number): void {
    const { put, get } = copyRequests(size, this.#partSize);
    this.#requests = { put: this.#requests.put + put, get: this.#requests.get + get };
    this.#files++;
    this.#bytes += size;
    for (const tally of this.#classes) {
      tally.billed += Math.max(size, tally.prices.minimumBytes ?? 0);
      if (size >= (tally.prices.monitoring?.fromBytes ?? 0)) tally.monitored++;
    }
  }

  result(): CostEstimate {
    const { provider, region, currency, date, sources, transferIn } = this.#prices;
    return {
      provider,
      region,
      currency,
      date,
      sources,
      requests: this.#requests,
      transferIn: (this.#bytes / GIB) * transferIn,
      classes: this.#classes.map((tally) => this.#costOf(tally)),
    };
  }

  #costOf({ name, prices, billed, monitored }: ClassTally): ClassCost {
    const { put, get } = this.#requests;
    const eachOnce = (this.#files / 1000) * prices.get;
    const gibibytes = this.#bytes / GIB;
    const monitoring = (monitored / 1000) * (prices.monitoring?.price ?? 0);
    return {
      storageClass: name,
      copy: (put / 1000) * prices.put + (get / 1000) * prices.get,
      verify: eachOnce,
      retire: eachOnce,
      readBack:
        eachOnce +
        gibibytes * (prices.retrieval ?? 0) +
        tiered(gibibytes, this.#prices.transferOut),
      storage: tiered(billed / GIB, prices.storage) + monitoring,
      billedBytes: billed,
      thousandDeletes: prices.put,
      minimumDays: prices.minimumDays ?? 0,
    };
  }
}

/**
 * Checks an estimate from elsewhere, such as the `cost` of a plan that was written down. Further entries are left out.
 * @param place names it in the error's message.
 * @throws StorageError `InvalidArgument`, with the place of what is wrong.
 */
export function parseCostEstimate(value: unknown, place = 'the estimate'): CostEstimate {
  const at = new Checker(place);
  const given = at.object(value, '');
  const text = (name: string) => at.text(given[name], name);
  const requests = at.object(given['requests'], 'requests');
  return {
    provider: text('provider'),
    region: text('region'),
    currency: text('currency'),
    date: text('date'),
    sources: at.list(given['sources'], 'sources').map((url, i) => at.text(url, `sources[${i}]`)),
    requests: {
      put: at.amount(requests['put'], 'requests.put'),
      get: at.amount(requests['get'], 'requests.get'),
    },
    transferIn: at.amount(given['transferIn'], 'transferIn'),
    classes: at
      .list(given['classes'], 'classes')
      .map((entry, index) => classCost(at, entry, `classes[${index}]`)),
  };
}

function classCost(at: Checker, value: unknown, path: string): ClassCost {
  const given = at.object(value, path);
  const amount = (name: string) => at.amount(given[name], `${path}.${name}`);
  return {
    storageClass: at.text(given['storageClass'], `${path}.storageClass`),
    copy: amount('copy'),
    verify: amount('verify'),
    retire: amount('retire'),
    readBack: amount('readBack'),
    storage: amount('storage'),
    billedBytes: amount('billedBytes'),
    thousandDeletes: amount('thousandDeletes'),
    minimumDays: amount('minimumDays'),
  };
}

/** What an amount costs whose parts have different prices. */
function tiered(amount: number, tiers: readonly Tier[]): number {
  let cost = 0;
  let begin = 0;
  for (const { upToGiB = Number.POSITIVE_INFINITY, price } of tiers) {
    if (amount <= begin) break;
    cost += (Math.min(amount, upToGiB) - begin) * price;
    begin = upToGiB;
  }
  return cost;
}
