import assert from 'node:assert/strict';
import {
  type ETag,
  isStorageError,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import { assertExpiry } from './download-urls.js';
import { assertAbsent, assertFile, collected, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';
import { member } from './operations.js';

const KEY = 'folder/désti+nation.txt';
const CONTENT = bytes(2_000, 6);
const SHA256 = 'ab'.repeat(32);
const DEFAULT_EXPIRY = 900;

type Kind = UploadTicket['type'];
type TicketOf<K extends Kind> = Extract<UploadTicket, { readonly type: K }>;

function offersTickets({ provider }: ConformanceContext): boolean {
  const offered = supports(provider, 'uploadTickets');
  if (offered) member(provider, 'createUploadTicket');
  else assert.equal(provider.createUploadTicket, undefined);
  return offered;
}

async function createTicket<K extends Kind>(
  { provider }: ConformanceContext,
  kind: K,
  options: UploadTicketOptions,
): Promise<TicketOf<K>> {
  const ticket = await provider.createUploadTicket?.(KEY, options);
  assert.equal(ticket?.type, kind, 'the type of the ticket');
  return ticket as TicketOf<K>; // as was just checked
}

/** A ticket of a kind that not every store has. */
async function ticketIfSupported<K extends Kind>(
  context: ConformanceContext,
  kind: K,
  options: UploadTicketOptions,
): Promise<TicketOf<K> | undefined> {
  return createTicket(context, kind, options).catch((error: unknown) => {
    if (isStorageError(error, 'Unsupported')) return undefined;
    throw error;
  });
}

/** A request that a client refuses to send, such as one of another length than its header says, counts as refused. */
async function assertStatus(
  context: ConformanceContext,
  answer: Promise<Response>,
  good: boolean,
  what: string,
): Promise<void> {
  const status = await context.settled(
    answer.then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      (error: unknown) => String(error),
    ),
    what,
  );
  const kind = typeof status === 'string' ? 4 : Math.floor(status / 100);
  assert.equal(kind, good ? 2 : 4, `${what} was answered with ${status}`);
}

/** What a client sends with a ticket of type `put`. The length is for `fetch` to tell, as in a browser. */
function put(content: Uint8Array, given: Readonly<Record<string, string>> = {}): RequestInit {
  const headers = new Headers(given);
  headers.delete('content-length');
  return { method: 'PUT', body: Buffer.from(content), headers };
}

function form(fields: Readonly<Record<string, string>>, content: Uint8Array): RequestInit {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', new Blob([Buffer.from(content)]), 'file');
  return { method: 'POST', body: data };
}

function described({ provider }: ConformanceContext) {
  return supports(provider, 'metadata')
    ? {
        contentType: 'text/x-own',
        cacheControl: 'max-age=60',
        contentDisposition: 'attachment; filename="a.txt"',
        metadata: { author: 'Zoë' },
      }
    : {};
}

async function assertDescribed(context: ConformanceContext, content: Uint8Array): Promise<void> {
  const { metadata, contentType, cacheControl, contentDisposition } = await assertFile(
    context,
    KEY,
    content,
  );
  const expected = described(context);
  if (!('metadata' in expected)) return;
  assert.deepEqual({ ...metadata }, expected.metadata, 'metadata');
  assert.deepEqual(
    { contentType, cacheControl, contentDisposition },
    {
      contentType: expected.contentType,
      cacheControl: expected.cacheControl,
      contentDisposition: expected.contentDisposition,
    },
  );
}

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
];
