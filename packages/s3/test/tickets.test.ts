import type { ChecksumAlgorithm } from '@org/storage-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { probedTicketTests } from './probed-tickets.js';
import { useServer } from './store.js';
import { postTicket, ticketTests } from './tickets.js';

const tests = useServer();
const storage = () => tests.storage();

ticketTests(storage, { everything: true });

describe.each<{ readonly verified: readonly ChecksumAlgorithm[] }>([
  { verified: ['crc32', 'crc64nvme', 'sha256'] },
  { verified: ['crc32', 'crc64nvme'] },
  { verified: ['crc32'] },
  { verified: [] },
])('on a server that verifies $verified', ({ verified }) => {
  const all = { crc32: 'CRC32', crc64nvme: 'CRC64NVME', sha256: 'SHA256' } as const;
  const ignored = Object.entries(all).flatMap(([algorithm, name]) =>
    verified.some((each) => each === algorithm) ? [] : [name],
  );
  const ignore = () => tests.server.faults.add({ type: 'ignore-checksums', algorithms: ignored });
  const probed = storageOnce();
  beforeAll(async () => {
    const fault = ignore();
    await probed().probe();
    fault.remove();
  });
  beforeEach(ignore);
  probedTicketTests(probed, verified);

  it('a form is not for a content with a checksum that is not verified', async () => {
    const checksums = { crc32: '00000000' };
    const form = postTicket(probed(), 'a', { size: { max: 10 }, checksums });
    if (verified.includes('crc32'))
      expect((await form).fields).toHaveProperty('x-amz-checksum-crc32');
    else await expect(form).rejects.toMatchObject({ code: 'Unsupported' });
  });
});

/** The same provider for all tests of a group. */
function storageOnce() {
  let opened: ReturnType<typeof storage> | undefined;
  return () => {
    opened ??= storage();
    return opened;
  };
}
