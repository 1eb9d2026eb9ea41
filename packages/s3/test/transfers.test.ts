import { describe } from 'vitest';
import { MIB, useServer } from './store.js';
import { transferTests } from './transfers.js';

const test = useServer();
const options = { copyThreshold: 5 * MIB, capabilities: { tags: 'native' } } as const;

describe('over the server in process', () => {
  transferTests(() => test.storage({ ...options, server: 'aws' }));
});

describe('as a server of no known kind, below a prefix of the bucket', () => {
  transferTests(() => test.storage({ ...options, server: 'generic', prefix: 'a/Ü + %' }));
});

describe('as a server that knows no checksum of the whole', () => {
  transferTests(() => test.storage({ ...options, server: 'r2' }));
});
