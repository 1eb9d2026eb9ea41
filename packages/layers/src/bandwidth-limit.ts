import {
  type Body,
  holdErrors,
  lengthOf,
  StorageError,
  streamOf,
  TokenBucket,
  throttled,
  type UploadOptions,
} from '@org/storage-core';
import { defineLayer, type Layer } from './layer.js';
import { type Check, checkSettings } from './settings.js';

export interface BandwidthLimitOptions {
  /** Bytes a second of all uploads together. Default: no limit. */
  readonly upload?: number | undefined;
  /** Bytes a second of all downloads together. Default: no limit. */
  readonly download?: number | undefined;
}

/** The limits can be set at any time; transfers that are under way follow, unless they began without a limit. */
export interface BandwidthLimit extends Layer {
  /** Bytes a second, or `undefined` for no limit. */
  upload: number | undefined;
  /** Bytes a second, or `undefined` for no limit. */
  download: number | undefined;
}

/**
 * Lets bytes pass at a rate that all transfers of the layer share in turns. What the store does by itself, such as a copy, and
 * what goes past the process, such as a signed URL, is not limited. A limited upload is one of a stream, which a layer or
 * provider further in can't send again: put `retry` further out.
 * @throws StorageError `InvalidArgument`, also from the setters.
 */
export function bandwidthLimit(options: BandwidthLimitOptions = {}): BandwidthLimit {
  checkSettings('bandwidthLimit', options, { upload: rate, download: rate });
  const uploads = new TokenBucket(options.upload ?? Number.POSITIVE_INFINITY);
  const downloads = new TokenBucket(options.download ?? Number.POSITIVE_INFINITY);

  const layer = defineLayer((inner) => ({
    ...inner,
    upload(key, body, given) {
      if (!limits(uploads)) return inner.upload(key, body, given);
      const stream = slowed(body, uploads);
      if (stream === undefined) return inner.upload(key, body, given);
      return inner.upload(key, stream, withLength(body, given));
    },
    async download(key, given) {
      const download = await inner.download(key, given);
      if (!limits(downloads)) return download;
      return { ...download, body: throttled(download.body, downloads) };
    },
  }));

  return Object.defineProperties(
    Object.assign(layer, { upload: options.upload, download: options.download }),
    { upload: rateOf('upload', uploads), download: rateOf('download', downloads) },
  );
}

/** Bytes a second: with less than one, nothing would ever pass. */
const rate: Check = (value) =>
  typeof value === 'number' && value >= 1 ? undefined : 'is a number of bytes a second, 1 or more';

function limits(bucket: TokenBucket): boolean {
  return Number.isFinite(bucket.rate);
}

function rateOf(name: string, bucket: TokenBucket): PropertyDescriptor {
  return {
    get: () => (limits(bucket) ? bucket.rate : undefined),
    set(value: unknown) {
      const problem = value === undefined ? undefined : rate(value);
      if (problem !== undefined)
        throw new StorageError('InvalidArgument', `the ${name} limit ${problem}`);
      bucket.rate = value === undefined ? Number.POSITIVE_INFINITY : Number(value);
    },
  };
}

/** `undefined` for what is no body, or can't be read: that is for the provider to refuse. */
function slowed(body: Body, bucket: TokenBucket) {
  holdErrors(body);
  try {
    const stream = throttled(streamOf(body), bucket);
    holdErrors(stream);
    return stream;
  } catch {
    return undefined;
  }
}

/** Bytes in memory tell their length; the stream that is made of them does not. */
function withLength(body: Body, options: UploadOptions | undefined): UploadOptions | undefined {
  const length = lengthOf(body);
  if (length === undefined || options?.contentLength !== undefined) return options;
  return { ...options, contentLength: length };
}
