import assert from 'node:assert/strict';
import type { Capability, ETag, StorageProvider } from '@org/storage-core';
import { supports } from './capabilities.js';
import { collected, listAll } from './expectations.js';

/** Options as a caller without types may pass them. */
type Loose = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly name: string;
  /** Keys that it takes. */
  readonly keys: 0 | 1 | 2;
  /** Runs it on the key, and to `copyTo` where there are two. */
  run(provider: StorageProvider, options: Loose, key: string, copyTo: string): Promise<unknown>;
}

/** Every operation that all providers have and that takes options, in a form that cases can go through. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'upload',
    keys: 1,
    run: (provider, options, key) => provider.upload(key, 'new', options),
  },
  {
    name: 'download',
    keys: 1,
    async run(provider, options, key) {
      const { body } = await provider.download(key, options);
      body.on('error', () => {}).destroy();
    },
  },
  { name: 'stat', keys: 1, run: (provider, options, key) => provider.stat(key, options) },
  { name: 'exists', keys: 1, run: (provider, options, key) => provider.exists(key, options) },
  { name: 'delete', keys: 1, run: (provider, options, key) => provider.delete(key, options) },
  {
    name: 'deleteMany',
    keys: 0,
    run: (provider, options, key) => provider.deleteMany([key], options),
  },
  { name: 'list', keys: 0, run: (provider, options) => listAll(provider, options) },
  { name: 'copy', keys: 2, run: (provider, options, key, to) => provider.copy(key, to, options) },
  { name: 'move', keys: 2, run: (provider, options, key, to) => provider.move(key, to, options) },
];

/** An operation of a member that is there only where the capability is not `absent`. */
export interface OptionalOperation extends Operation {
  readonly capability: Capability;
  /** Whether it is run with an id of a version or an upload that there is not. */
  readonly unknownId?: true;
}

const NO_ID = 'no-such-id';
const NO_PART = { number: 1, etag: 'no-such-etag' as ETag };

export const OPTIONAL_OPERATIONS: readonly OptionalOperation[] = [
  {
    name: 'getTags',
    capability: 'tags',
    keys: 1,
    run: (provider, options, key) => member(provider, 'tags').get(key, options),
  },
  {
    name: 'setTags',
    capability: 'tags',
    keys: 1,
    run: (provider, options, key) => member(provider, 'tags').set(key, { new: 'tag' }, options),
  },
  {
    name: 'listVersions',
    capability: 'versions',
    keys: 0,
    run: (provider, options) => collected(member(provider, 'versions').list(options)),
  },
  {
    name: 'restoreVersion',
    capability: 'versions',
    keys: 1,
    unknownId: true,
    run: (provider, options, key) => member(provider, 'versions').restore(key, NO_ID, options),
  },
  {
    name: 'createDownloadUrl',
    capability: 'downloadUrls',
    keys: 1,
    run: (provider, options, key) =>
      Reflect.apply(member(provider, 'createDownloadUrl'), provider, [key, options]),
  },
  {
    name: 'createUploadTicket',
    capability: 'uploadTickets',
    keys: 1,
    run: (provider, options, key) =>
      Reflect.apply(member(provider, 'createUploadTicket'), provider, [key, options]),
  },
  {
    name: 'listUploads',
    capability: 'multipart',
    keys: 0,
    run: (provider, options) => collected(member(provider, 'multipart').list(options)),
  },
  {
    name: 'listParts',
    capability: 'multipart',
    keys: 1,
    unknownId: true,
    run: (provider, options, key) =>
      collected(member(provider, 'multipart').listParts(key, NO_ID, options)),
  },
  {
    name: 'completeUpload',
    capability: 'multipart',
    keys: 1,
    unknownId: true,
    run: (provider, options, key) =>
      member(provider, 'multipart').complete(key, NO_ID, [NO_PART], options),
  },
  {
    name: 'abortUpload',
    capability: 'multipart',
    keys: 1,
    run: (provider, options, key) => member(provider, 'multipart').abort(key, NO_ID, options),
  },
  {
    name: 'sweepUploads',
    capability: 'multipart',
    keys: 0,
    run: (provider, options) =>
      member(provider, 'multipart').sweep({ initiatedBefore: new Date(0), ...options }),
  },
];

export const ALL_OPERATIONS: readonly (Operation | OptionalOperation)[] = [
  ...OPERATIONS,
  ...OPTIONAL_OPERATIONS,
];

/** Whether the provider has the operation, as its capabilities tell. */
export function offers(
  provider: StorageProvider,
  operation: Operation | OptionalOperation,
): boolean {
  return !('capability' in operation) || supports(provider, operation.capability);
}

type OptionalMember =
  | 'multipart'
  | 'versions'
  | 'tags'
  | 'createDownloadUrl'
  | 'createUploadTicket';

/** A member that has to be there, since the capabilities say so. */
export function member<Name extends OptionalMember>(
  provider: StorageProvider,
  name: Name,
): NonNullable<StorageProvider[Name]> {
  const found = provider[name];
  assert.ok(found, `the capabilities promise ${name}, and the provider has none`);
  return found;
}
