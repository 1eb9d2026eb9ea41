import { MemoryStorageProvider } from '@org/storage-core';
import { type CaseGroup, testProvider } from '@org/storage-testkit';
import {
  bandwidthLimit,
  cacheControl,
  circuitBreaker,
  concurrencyLimit,
  detectContentType,
  type Layer,
  layered,
  prefix,
  retry,
  timeout,
} from '../src/index.js';

const FOLDER = 'tenants/Zoë 7';

/** Keys that are too long below the folder. */
const tooLong = (key: string) => Buffer.byteLength(`${FOLDER}/${key}`) > 1024;

const FAST = 1_000_000_000;

const LAYERS: Readonly<Record<string, () => readonly Layer[]>> = {
  retry: () => [retry({ initialDelay: 1 })],
  timeout: () => [
    timeout({
      milliseconds: 60_000,
      operations: { upload: 60_000 },
      uploadIdle: 60_000,
      downloadIdle: 60_000,
    }),
  ],
  circuitBreaker: () => [circuitBreaker()],
  prefix: () => [prefix(FOLDER)],
  concurrencyLimit: () => [concurrencyLimit({ operations: 2, downloads: 10 })],
  bandwidthLimit: () => [bandwidthLimit({ upload: FAST, download: FAST })],
  detectContentType: () => [detectContentType()],
};

/** Those in which bodies, signals, errors and what is open matter, which is all that a layer does not just pass on. */
const PASSAGE: readonly CaseGroup[] = [
  'bodies',
  'upload',
  'download',
  'replacement',
  'members',
  'options',
  'cancelling',
  'errors',
  'close',
  'leaks',
];

/** Without `readOnly`, which refuses most of the contract, and `cacheControl`, which adds what these cases compare. */
for (const [name, layers] of Object.entries({
  ...LAYERS,
  'a stack of all layers': () => Object.values(LAYERS).flatMap((make) => make()),
  'cacheControl without a rule that applies': () => [cacheControl(() => undefined)],
})) {
  const changesKeys = /prefix|stack/.test(name);
  testProvider(
    {
      name,
      limits: changesKeys ? { refuses: tooLong } : {},
      async open() {
        const provider = layered(new MemoryStorageProvider(), ...layers());
        return { provider, close: () => provider.close() };
      },
    },
    changesKeys ? undefined : PASSAGE,
  );
}
