import {
  type Checksums,
  checkDownloadUrlOptions,
  checkUploadTicketOptions,
  compareChecksums,
  Digest,
  type DownloadUrlOptions,
  isStorageError,
  type OperationOptions,
  parseKey,
  readAll,
  runOperation,
  type SignedUrl,
  StorageError,
  type UploadOptions,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import { PART_SIZE, type PartedProvider } from './parted-provider.js';

/** What a URL allows, until it expires. */
type Grant = { readonly key: string; readonly expiresAt: Date } & Allowed;

type Allowed =
  | { readonly type: 'get'; readonly options: DownloadUrlOptions }
  | { readonly type: 'put'; readonly headers: Headers; readonly options: UploadOptions }
  | {
      readonly type: 'post';
      readonly options: UploadOptions;
      readonly size: { readonly min?: number | undefined; readonly max: number };
    }
  | {
      readonly type: 'part';
      readonly uploadId: string;
      readonly number: number;
      readonly checksums?: Checksums | undefined;
    };

type Headers = Readonly<Record<string, string>>;

export interface SigningProvider extends PartedProvider {
  createDownloadUrl(key: string, options?: DownloadUrlOptions): Promise<SignedUrl>;
  createUploadTicket(key: string, options?: UploadTicketOptions): Promise<UploadTicket>;
  readonly fetch: typeof fetch;
}

/** A provider over another one that signs URLs, which are good for its `fetch` alone. */
export function signingProvider(inner: PartedProvider): SigningProvider {
  const grants = new Map<string, Grant>();

  const grant = (key: string, allowed: Allowed, expiresIn = 900): SignedUrl => {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const url = `https://files.test/${path}?token=${grants.size}`;
    const expiresAt = new Date(Date.now() + 1_000 * expiresIn);
    grants.set(url, { ...allowed, key, expiresAt });
    return { url, expiresAt };
  };

  const signing = <T>(
    operation: string,
    key: string,
    { signal }: OperationOptions,
    run: () => T,
  ): Promise<T> =>
    runOperation({ operation, provider: inner.name, key, signal }, async () => {
      parseKey(key);
      await inner.exists(key); // is it open?
      return run();
    });

  const ticket = (key: string, options: UploadTicketOptions): UploadTicket => {
    const { expiresIn } = options;
    if (options.type === 'post') {
      const { type, size, expiresIn: _, signal: __, ...rest } = options;
      return { type, fields: { key }, ...grant(key, { type, size, options: rest }, expiresIn) };
    }
    if (options.type === 'multipart') {
      const {
        type,
        contentLength,
        partSize = PART_SIZE,
        partChecksums,
        uploadId,
        expiresIn: _,
        signal: __,
        ...rest
      } = options;
      const count = Math.ceil(contentLength / partSize);
      if (partChecksums !== undefined && partChecksums.length !== count)
        throw new StorageError('InvalidArgument', `there are ${count} parts`);
      const upload = inner.unfinished.get(uploadId ?? '') ?? inner.begin(key, rest);
      const starts = Array.from({ length: count }, (_, i) => i * partSize);
      const parts = starts.map((start, i) => {
        const number = i + 1;
        const { url } = grant(
          key,
          { type: 'part', uploadId: upload.uploadId, number, checksums: partChecksums?.[i] },
          expiresIn,
        );
        return { number, url, headers: {}, start, size: Math.min(partSize, contentLength - start) };
      });
      const { expiresAt } = grant(key, { type: 'part', uploadId: '', number: 0 }, expiresIn);
      return { type, uploadId: upload.uploadId, partSize, parts, expiresAt };
    }
    const { type = 'put', expiresIn: _, signal: __, ...rest } = options;
    const headers = { 'x-ticket': JSON.stringify(rest) };
    return { type, headers, ...grant(key, { type, headers, options: rest }, expiresIn) };
  };

  const answer = async (
    allowed: Grant,
    method: string,
    init: RequestInit,
  ): Promise<number | Response> => {
    const { key } = allowed;
    if (allowed.type === 'get') {
      if (method !== 'GET') return 403;
      const { versionId } = allowed.options;
      const { metadata, body } = await inner.download(key, { versionId });
      const {
        contentType = metadata.contentType,
        contentDisposition,
        cacheControl,
      } = allowed.options;
      return new Response(await readAll(body), {
        headers: {
          'content-type': contentType,
          ...(contentDisposition === undefined
            ? {}
            : { 'content-disposition': contentDisposition }),
          ...(cacheControl === undefined ? {} : { 'cache-control': cacheControl }),
        },
      });
    }
    if (allowed.type === 'post') {
      const form = init.body;
      if (method !== 'POST' || !(form instanceof FormData) || form.get('key') !== key) return 403;
      const file = form.get('file');
      if (!(file instanceof Blob)) return 400;
      if (file.size < (allowed.size.min ?? 0) || file.size > allowed.size.max) return 400;
      await inner.upload(key, file, allowed.options);
      return 204;
    }
    if (method !== 'PUT') return 403;
    const content = Buffer.from(await new Response(init.body ?? null).arrayBuffer());
    if (allowed.type === 'part') {
      const found = new Digest(allowed.checksums).update(content).checksums();
      compareChecksums(allowed.checksums ?? {}, found, 'the part');
      inner.unfinished.get(allowed.uploadId)?.parts.set(allowed.number, content);
      return 200;
    }
    const sent = new Headers(init.headers);
    if (Object.entries(allowed.headers).some(([name, value]) => sent.get(name) !== value))
      return 403;
    await inner.upload(key, content, allowed.options);
    return 200;
  };

  return {
    ...inner,
    capabilities: { ...inner.capabilities, downloadUrls: 'native', uploadTickets: 'native' },
    createDownloadUrl: (key, options = {}) =>
      signing('createDownloadUrl', key, options, () => {
        checkDownloadUrlOptions(options);
        return grant(key, { type: 'get', options }, options.expiresIn);
      }),
    createUploadTicket: (key, options = {}) =>
      signing('createUploadTicket', key, options, () => {
        checkUploadTicketOptions(options);
        return ticket(key, options);
      }),
    async fetch(input, init = {}) {
      const allowed = grants.get(String(input));
      if (allowed === undefined || allowed.expiresAt <= new Date())
        return new Response(null, { status: 403 });
      try {
        const answered = await answer(allowed, init.method ?? 'GET', init);
        return typeof answered === 'number' ? new Response(null, { status: answered }) : answered;
      } catch (error) {
        if (!isStorageError(error)) throw error;
        return new Response(null, { status: error.code === 'NotFound' ? 404 : 400 });
      }
    },
  };
}
