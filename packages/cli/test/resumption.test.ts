import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, setting } from './fixtures.js';

const MIB = 1024 * 1024;
const PART = 8 * MIB;

describe('a large file whose upload is killed', () => {
  it('goes on in the next run: what was sent is not sent again', async () => {
    const parts = 12;
    const { storage, server, place, home } = await setting({
      film: Buffer.alloc(parts * PART, 'film'),
    });
    const journal = ['--journal', join(home, 'journal.sqlite')];
    const sent = () =>
      server.requests
        .last()
        .filter(
          ({ operation, key, status }) =>
            operation === 'UploadPart' && key === 'files/film' && status === 200,
        ).length;
    const slow = server.faults.add({ type: 'delay', milliseconds: 50, operation: 'UploadPart' });
    const child = storage.start('migrate', ...place, ...journal, '--json');
    const end = ended(child);
    while (sent() < 6) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await end;
    slow.remove();
    const [left] = server.openMultipartUploads('bucket');
    expect(left).toMatchObject({ key: 'files/film' });
    const before = sent();
    expect(before).toBeLessThan(parts);
    server.requests.reset();
    const again = await storage.run('migrate', ...place, ...journal);
    expect(again).toMatchObject({ code: 0 });
    // A part that the server had taken when its client was killed may be counted after it.
    expect(sent()).toBeLessThanOrEqual(parts - before);
    expect(sent()).toBeGreaterThan(0);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
    expect(await storage.run('verify', ...place, ...journal, '--full')).toMatchObject({ code: 0 });
  });
});
