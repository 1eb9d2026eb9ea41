import { StorageError } from '@org/storage-core';

/** What a request for uploads may hold. What goes beyond is refused with `TooLarge`. */
export interface UploadLimits {
  /** Bytes of one file. Default 100 MiB. A larger one is rejected, and the others of the form are taken. */
  readonly fileSize?: number | undefined;
  /** Bytes of the whole body. Default 1 GiB. */
  readonly totalSize?: number | undefined;
  /** Files of one form. Default 20. */
  readonly files?: number | undefined;
  /** Fields of one form that are no files. Default 100. */
  readonly fields?: number | undefined;
  /** Bytes of such a field. Default 64 KiB; they are kept in memory. */
  readonly fieldSize?: number | undefined;
  /** Bytes of the headers of one part of a form. Default 8 KiB. */
  readonly headerSize?: number | undefined;
  /**
   * Who sends fewer `bytes` while `within` milliseconds of waiting for them go by is cut off with `Timeout`. Default: 16 KiB in a
   * minute. Time in which the storage is waited for does not count.
   */
  readonly slowest?: { readonly bytes: number; readonly within: number } | undefined;
}

export type Limits = {
  readonly [K in keyof UploadLimits]-?: Exclude<UploadLimits[K], undefined>;
};

const KIB = 1024;

const DEFAULTS: Limits = {
  fileSize: 100 * KIB ** 2,
  totalSize: KIB ** 3,
  files: 20,
  fields: 100,
  fieldSize: 64 * KIB,
  headerSize: 8 * KIB,
  slowest: { bytes: 16 * KIB, within: 60_000 },
};

/**
 * @throws StorageError `InvalidArgument`.
 */
export function limitsOf(given: UploadLimits = {}): Limits {
  const set = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<Limits>;
  const { slowest, ...counts } = { ...DEFAULTS, ...set };
  for (const [name, value] of Object.entries({ ...counts, ...slowest })) {
    if (!(typeof value === 'number' && value >= 0))
      throw new StorageError('InvalidArgument', `the limit ${name} is a number, 0 or more`);
  }
  return { ...counts, slowest };
}
