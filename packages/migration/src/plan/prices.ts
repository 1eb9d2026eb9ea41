import euCentral1 from '../../prices/eu-central-1.json' with { type: 'json' };
import euWest1 from '../../prices/eu-west-1.json' with { type: 'json' };
import usEast1 from '../../prices/us-east-1.json' with { type: 'json' };
import { type PriceList, parsePriceList } from './price-list.js';

const LISTS: readonly unknown[] = [usEast1, euWest1, euCentral1];

/** The prices of Amazon S3 that this package knows, in few regions only; `undefined` for any other. */
export function pricesOf(region: string): PriceList | undefined {
  return knownPrices().find((list) => list.region === region);
}

/** All of them. */
export function knownPrices(): readonly PriceList[] {
  return LISTS.map((list) => parsePriceList(list));
}
