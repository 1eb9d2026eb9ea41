import { download, type HttpResponse } from '@org/storage-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.js';
import { httpRequest, sendAnswer } from '../security/http-answer.js';
import { recordDownload } from './downloads.js';
import { keyOf, type OwnedFile } from './view.js';

export interface ContentOptions {
  /** Saved rather than shown. */
  readonly attachment: boolean;
  /** Where somebody begins to read the file; not for each part of it. */
  readonly onDownload?: (() => Promise<void>) | undefined;
}

/** Answers with a file, for whoever was found to be allowed to have it. */
export async function sendContent(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  file: OwnedFile,
  { attachment, onDownload }: ContentOptions,
): Promise<FastifyReply> {
  const { storage, db, now } = context;
  const answer = await download(storage, keyOf(file), httpRequest(request, reply), {
    disposition: { type: attachment ? 'attachment' : 'inline', filename: file.name },
    cacheControl: 'private, no-cache', // each time it is asked whether this user may still see it
  });
  if (request.method === 'GET' && beginsFile(answer)) {
    await recordDownload(db, file, Number(answer.headers['content-length'] ?? 0), now());
    await onDownload?.();
  }
  return sendAnswer(reply, framedByUs(answer));
}

/** The preview of a page shows it in a frame; nobody else's page does. */
function framedByUs(answer: HttpResponse): HttpResponse {
  const policy = answer.headers['content-security-policy'] ?? "default-src 'none'";
  const framed = `${String(policy)}; frame-ancestors 'self'`;
  return { ...answer, headers: { ...answer.headers, 'content-security-policy': framed } };
}

function beginsFile({ status, headers }: HttpResponse): boolean {
  return (
    status === 200 || (status === 206 && String(headers['content-range']).startsWith('bytes 0-'))
  );
}
