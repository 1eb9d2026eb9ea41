import { knownPrices, type PriceList, parsePriceList, pricesOf } from '@org/storage-migration';
import type { S3Options } from '../endpoints.js';
import { readJson } from './read-json.js';

/** The prices that a plan goes by, or why there are none. */
export type Prices =
  | { readonly list: PriceList }
  | { readonly list?: undefined; readonly why: string };

/**
 * @param file of the user's own.
 * @throws StorageError `InvalidArgument` if the file is no price list.
 */
export function choosePrices(file: string | undefined, { endpoint, region }: S3Options): Prices {
  if (file !== undefined) return { list: readPrices(file) };
  if (endpoint !== undefined) {
    return {
      why: `the prices of ${new URL(endpoint).host} are not known; give them with --prices`,
    };
  }
  const name = region ?? process.env['AWS_REGION'];
  if (name === undefined || name === '')
    return { why: 'prices depend on the region: name it with --region' };
  const list = pricesOf(name);
  if (list !== undefined) return { list };
  const known = knownPrices().map((prices) => prices.region);
  return {
    why: `no prices are known of ${name}, only of ${known.join(', ')}; give them with --prices`,
  };
}

/** @throws StorageError `InvalidArgument` if the file is no price list. */
export function readPrices(file: string): PriceList {
  return parsePriceList(readJson(file, 'a price list'), file);
}
