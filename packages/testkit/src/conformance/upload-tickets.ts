import assert from 'node:assert/strict';
import type { UploadTicketOptions } from '@org/storage-core';
import { bytes } from './content.js';
import { assertAbsent, assertFile, rejected } from './expectations.js';
import { assertExpiry, refusedOnceExpired } from './expiry.js';
import type { ConformanceCase } from './harness.js';
import {
  assertDescribed,
  assertStatus,
  CONTENT,
  createTicket,
  DEFAULT_EXPIRY,
  described,
  form,
  KEY,
  offersTickets,
  put,
  ticketIfSupported,
} from './tickets.js';

const SHA256 = 'ab'.repeat(32);

export const uploadTicketCases: readonly ConformanceCase[] = [
  {
    name: 'a ticket is a PUT unless another kind is asked for, and tells when it expires',
    async run(context) {
      if (!offersTickets(context)) return;
      for (const expiresIn of [undefined, 60]) {
        const ticket = await createTicket(context, 'put', { expiresIn });
        assert.ok(URL.canParse(ticket.url), ticket.url);
        assert.equal(typeof ticket.headers, 'object', 'headers');
        assertExpiry(ticket.expiresAt, expiresIn ?? DEFAULT_EXPIRY);
      }
      await assertAbsent(context, KEY);
    },
  },
  {
    name: 'options of a ticket that are of wrong form are refused',
    async run(context) {
      if (!offersTickets(context)) return;
      const { provider } = context;
      for (const options of [
        { type: 'get' },
        { expiresIn: 0 },
        { expiresIn: 604_801 },
        { contentLength: -1 },
        { condition: { type: 'match', etag: '' } },
        { checksums: { sha256: 'short' } },
        { metadata: { UPPER: 'case' } },
        { size: { max: 1 } },
        { type: 'post' },
        { type: 'post', size: { min: 2, max: 1 } },
        { type: 'post', size: { max: -1 } },
        { type: 'post', size: { max: 1 }, contentLength: 1 },
        { type: 'multipart' },
        { type: 'multipart', contentLength: 1, checksums: {} },
        { type: 'multipart', contentLength: 1, partChecksums: [{ sha256: 'short' }] },
      ]) {
        const call = provider.createUploadTicket?.(KEY, options as never);
        assert.ok(call);
        await rejected(context, call, 'InvalidArgument', JSON.stringify(options));
      }
    },
  },
  {
    name: 'what is put with a ticket is a file, with all that the ticket says of it',
    async run(context) {
      const { fetch } = context;
      if (!offersTickets(context) || fetch === undefined) return;
      const ticket = await createTicket(context, 'put', {
        ...described(context),
        contentLength: CONTENT.byteLength,
      });
      await assertStatus(context, fetch(ticket.url, put(CONTENT, ticket.headers)), true, 'a PUT');
      await assertDescribed(context, CONTENT);
    },
  },
  {
    name: 'what a ticket does not allow can’t be put with it',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context) || fetch === undefined) return;
      const refused = async (
        what: string,
        options: UploadTicketOptions,
        init: (headers: Readonly<Record<string, string>>) => RequestInit,
      ) => {
        const ticket = await ticketIfSupported(context, 'put', options);
        if (ticket === undefined) return;
        await assertStatus(context, fetch(ticket.url, init(ticket.headers)), false, what);
        await assertAbsent(context, KEY);
      };
      const contentLength = CONTENT.byteLength;
      const longer = Buffer.concat([CONTENT, CONTENT]);
      await refused('a longer content', { contentLength }, (headers) => put(longer, headers));
      await refused('another content', { checksums: { sha256: SHA256 } }, (headers) =>
        put(CONTENT, headers),
      );
      await refused('a file without its headers', described(context), () =>
        put(CONTENT, { 'content-type': 'text/html' }),
      );
      await refused('a download', {}, () => ({ method: 'GET' }));
      const { url, headers } = await createTicket(context, 'put', {});
      const elsewhere = url.replaceAll('folder/', 'secret/');
      if (elsewhere !== url)
        await assertStatus(context, fetch(elsewhere, put(CONTENT, headers)), false, 'another key');
      assert.equal(await provider.exists(KEY.replace('folder/', 'secret/')), false);
    },
  },
  {
    name: 'a ticket that only creates never replaces a file',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context)) return;
      const options = { condition: { type: 'absent' } } as const;
      const ticket = await ticketIfSupported(context, 'put', options);
      if (ticket === undefined || fetch === undefined) return;
      const send = () => fetch(ticket.url, put(CONTENT, ticket.headers));
      await provider.upload(KEY, 'there already');
      await assertStatus(context, send(), false, 'a PUT over a file');
      await assertFile(context, KEY, Buffer.from('there already'));
      await provider.delete(KEY);
      await assertStatus(context, send(), true, 'a PUT of a new file');
      await assertFile(context, KEY, CONTENT);
    },
  },
  {
    name: 'a form is taken for sizes between the limits of its ticket, and for no others',
    async run(context) {
      const { fetch } = context;
      if (!offersTickets(context)) return;
      const size = { min: 1_000, max: 3_000 };
      const options = { type: 'post', size, ...described(context) } as const;
      const ticket = await ticketIfSupported(context, 'post', options);
      if (ticket === undefined) return;
      assert.ok(URL.canParse(ticket.url), ticket.url);
      assertExpiry(ticket.expiresAt, DEFAULT_EXPIRY);
      if (fetch === undefined) return;
      for (const bytesSent of [999, 3_001]) {
        const sent = fetch(ticket.url, form(ticket.fields, bytes(bytesSent)));
        await assertStatus(context, sent, false, `a form with ${bytesSent} bytes`);
        await assertAbsent(context, KEY);
      }
      const changed = Object.keys(ticket.fields).find((name) => name.toLowerCase() === 'key');
      if (changed !== undefined) {
        const fields = { ...ticket.fields, [changed]: 'secret/file.txt' };
        await assertStatus(
          context,
          fetch(ticket.url, form(fields, CONTENT)),
          false,
          'a form for another key',
        );
        assert.equal(await context.provider.exists('secret/file.txt'), false);
      }
      const sent = fetch(ticket.url, form(ticket.fields, CONTENT));
      await assertStatus(context, sent, true, 'a form');
      await assertDescribed(context, CONTENT);
    },
  },
  {
    name: 'a ticket is refused once it has expired, and what was put with it before stays',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context) || fetch === undefined) return;
      const ticket = await createTicket(context, 'put', { expiresIn: 1 });
      assertExpiry(ticket.expiresAt, 1);
      const putting = () => fetch(ticket.url, put(CONTENT, ticket.headers));
      await refusedOnceExpired(context, putting, 'a PUT');
      await provider.upload(KEY, 'what is there');
      await assertStatus(context, putting(), false, 'another PUT');
      await assertFile(context, KEY, Buffer.from('what is there'));
    },
  },
  {
    name: 'a form is refused once its ticket has expired',
    async run(context) {
      const { provider, fetch } = context;
      if (!offersTickets(context) || fetch === undefined) return;
      const options = { type: 'post', size: { max: CONTENT.byteLength }, expiresIn: 1 } as const;
      const ticket = await ticketIfSupported(context, 'post', options);
      if (ticket === undefined) return;
      assertExpiry(ticket.expiresAt, 1);
      const sending = () => fetch(ticket.url, form(ticket.fields, CONTENT));
      await refusedOnceExpired(context, sending, 'a form');
      await provider.delete(KEY);
      await assertStatus(context, sending(), false, 'another form');
      await assertAbsent(context, KEY);
    },
  },
];
