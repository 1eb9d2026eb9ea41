import assert from 'node:assert/strict';
import { isStorageError, type UploadTicket, type UploadTicketOptions } from '@org/storage-core';
import { supports } from './capabilities.js';
import { bytes } from './content.js';
import { assertFile } from './expectations.js';
import type { ConformanceContext } from './harness.js';
import { member } from './operations.js';

/** Of the file that the tickets are for. */
export const KEY = 'folder/désti+nation.txt';
export const CONTENT = bytes(2_000, 6);
/** Seconds. */
export const DEFAULT_EXPIRY = 900;

type Kind = UploadTicket['type'];
type TicketOf<K extends Kind> = Extract<UploadTicket, { readonly type: K }>;

export function offersTickets({ provider }: ConformanceContext): boolean {
  const offered = supports(provider, 'uploadTickets');
  if (offered) member(provider, 'createUploadTicket');
  else assert.equal(provider.createUploadTicket, undefined);
  return offered;
}

export async function createTicket<K extends Kind>(
  { provider }: ConformanceContext,
  kind: K,
  options: UploadTicketOptions,
): Promise<TicketOf<K>> {
  const ticket = await provider.createUploadTicket?.(KEY, options);
  assert.equal(ticket?.type, kind, 'the type of the ticket');
  return ticket as TicketOf<K>; // as was just checked
}

/** A ticket of a kind that not every store has. */
export async function ticketIfSupported<K extends Kind>(
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
export async function assertStatus(
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
export function put(
  content: Uint8Array,
  given: Readonly<Record<string, string>> = {},
): RequestInit {
  const headers = new Headers(given);
  headers.delete('content-length');
  return { method: 'PUT', body: Buffer.from(content), headers };
}

/** The same for a ticket of type `post`. */
export function form(fields: Readonly<Record<string, string>>, content: Uint8Array): RequestInit {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', new Blob([Buffer.from(content)]), 'file');
  return { method: 'POST', body: data };
}

/** What a ticket may say of a file. */
export function described({ provider }: ConformanceContext) {
  return supports(provider, 'metadata')
    ? {
        contentType: 'text/x-own',
        cacheControl: 'max-age=60',
        contentDisposition: 'attachment; filename="a.txt"',
        metadata: { author: 'Zoë' },
      }
    : {};
}

export async function assertDescribed(
  context: ConformanceContext,
  content: Uint8Array,
): Promise<void> {
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
