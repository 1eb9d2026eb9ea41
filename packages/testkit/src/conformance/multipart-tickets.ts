import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ETag } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import { assertAbsent, assertFile, collected, rejected } from './expectations.js';
import { assertExpiry, refusedOnceExpired } from './expiry.js';
import type { ConformanceCase } from './harness.js';
import { member } from './operations.js';
import {
  assertDescribed,
  assertStatus,
  CONTENT,
  createTicket,
  DEFAULT_EXPIRY,
  described,
  KEY,
  offersTickets,
  put,
  ticketIfSupported,
} from './tickets.js';

export const multipartTicketCases: readonly ConformanceCase[] = [
  {
    name: 'parts that are sent with a ticket are a file once they are completed, and not before',
    async run(context) {
      const { provider, fetch, largeFileBytes } = context;
      if (!offersTickets(context)) return;
      const content = bytes(largeFileBytes, 3);
      const ask = { type: 'multipart', contentLength: largeFileBytes } as const;
      const ticket = await ticketIfSupported(context, 'multipart', {
        ...ask,
        ...described(context),
      });
      if (ticket === undefined) return;
      let next = 0;
      for (const [i, { number, start, size }] of ticket.parts.entries()) {
        assert.deepEqual({ number, start }, { number: i + 1, start: next }, 'the parts in order');
        next += size;
      }
      assert.equal(next, largeFileBytes, 'the parts cover the content');
      assertExpiry(ticket.expiresAt, DEFAULT_EXPIRY);
      const multipart = member(provider, 'multipart');
      const { uploadId } = ticket;
      assert.deepEqual(await collected(multipart.listParts(KEY, uploadId)), [], 'parts at first');
      const further = await createTicket(context, 'multipart', { ...ask, uploadId });
      assert.equal(further.uploadId, uploadId, 'the id of a ticket for further URLs');
      if (fetch === undefined) {
        await multipart.abort(KEY, uploadId);
        return;
      }
      for (const { number, url, headers, start, size } of further.parts) {
        const part = content.subarray(start, start + size);
        await assertStatus(context, fetch(url, put(part, headers)), true, `part ${number}`);
      }
      await assertAbsent(context, KEY);
      const parts = await collected(multipart.listParts(KEY, uploadId));
      assert.deepEqual(
        parts.map(({ number, size }) => ({ number, size })),
        ticket.parts.map(({ number, size }) => ({ number, size })),
        'the parts that the store has',
      );
      const wrong = parts.map(({ number }) => ({ number, etag: 'ab'.repeat(16) as ETag }));
      const mistaken = multipart.complete(KEY, uploadId, wrong);
      await rejected(context, mistaken, 'InvalidArgument', 'completing parts of other ETags');
      await assertAbsent(context, KEY);
      const completed = await multipart.complete(KEY, uploadId, parts);
      assert.equal(completed.size, largeFileBytes, 'the size of what was completed');
      await assertDescribed(context, content);
      assert.deepEqual(await collected(multipart.list()), [], 'unfinished uploads');
    },
  },
  {
    name: 'parts are completed only where the condition holds',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context)) return;
      const options = { type: 'multipart', contentLength: CONTENT.byteLength } as const;
      const ticket = await ticketIfSupported(context, 'multipart', options);
      if (ticket === undefined) return;
      const { uploadId } = ticket;
      const multipart = member(provider, 'multipart');
      const [part] = ticket.parts;
      assert.ok(part, 'a part');
      if (fetch === undefined) {
        await multipart.abort(KEY, uploadId);
        return;
      }
      await assertStatus(context, fetch(part.url, put(CONTENT, part.headers)), true, 'the part');
      const parts = await collected(multipart.listParts(KEY, uploadId));
      const condition = { type: 'absent' } as const;
      await provider.upload(KEY, 'in between');
      const supported = supports(provider, 'conditionalCreateInParts');
      const complete = multipart.complete(KEY, uploadId, parts, { condition });
      const code = supported ? 'AlreadyExists' : 'Unsupported';
      await rejected(context, complete, code, 'completing over a file');
      await assertFile(context, KEY, Buffer.from('in between'));
      await multipart.abort(KEY, uploadId);
      assert.deepEqual(await collected(multipart.list()), [], 'unfinished uploads');
    },
  },
  {
    name: 'a part is taken only with the content that its ticket has the checksum of',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context)) return;
      const sha256 = createHash('sha256').update(CONTENT).digest('hex');
      const options = { type: 'multipart', contentLength: CONTENT.byteLength } as const;
      const tooMany = [{ sha256 }, { sha256 }];
      const partChecksums = [{ sha256 }];
      const ticket = await ticketIfSupported(context, 'multipart', { ...options, partChecksums });
      if (ticket === undefined) return;
      const { uploadId } = ticket;
      const multipart = member(provider, 'multipart');
      const more = provider.createUploadTicket?.(KEY, { ...options, partChecksums: tooMany });
      assert.ok(more);
      await rejected(context, more, 'InvalidArgument', 'checksums of more parts than there are');
      const [part] = ticket.parts;
      assert.ok(part, 'a part');
      if (fetch === undefined) {
        await multipart.abort(KEY, uploadId);
        return;
      }
      const send = (content: Buffer) => fetch(part.url, put(content, part.headers));
      const other = bytes(CONTENT.byteLength, 9);
      await assertStatus(context, send(other), false, 'a part of another content');
      assert.deepEqual(await collected(multipart.listParts(KEY, uploadId)), [], 'parts');
      await assertStatus(context, send(CONTENT), true, 'the part');
      const parts = await collected(multipart.listParts(KEY, uploadId));
      await multipart.complete(KEY, uploadId, parts);
      await assertFile(context, KEY, CONTENT);
    },
  },
  {
    name: 'a part is refused once its URL has expired',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context)) return;
      const options = { type: 'multipart', contentLength: CONTENT.byteLength } as const;
      const ticket = await ticketIfSupported(context, 'multipart', { ...options, expiresIn: 1 });
      if (ticket === undefined) return;
      const { uploadId, expiresAt } = ticket;
      assertExpiry(expiresAt, 1);
      const multipart = member(provider, 'multipart');
      const [part] = ticket.parts;
      assert.ok(part, 'a part');
      if (fetch !== undefined) {
        const sending = () => fetch(part.url, put(CONTENT, part.headers));
        await refusedOnceExpired(context, sending, 'a part');
        const further = await createTicket(context, 'multipart', { ...options, uploadId });
        const [again] = further.parts;
        assert.ok(again, 'a part');
        const sent = fetch(again.url, put(CONTENT, again.headers));
        await assertStatus(context, sent, true, 'a part with a further URL');
      }
      await multipart.abort(KEY, uploadId);
    },
  },
];
