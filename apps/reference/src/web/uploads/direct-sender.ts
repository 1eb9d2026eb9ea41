import type { FileView } from '../../api-types.js';
import { api } from '../api/client.js';
import { ApiError } from '../api/error.js';
import { sendParts } from './parts.js';
import { sendBody } from './request.js';
import type { Sender, SendTask, UploadRequest } from './task.js';
import type { Ticket, UploadedPart } from './ticket.js';
import { forgetUpload, recallUpload, rememberUpload } from './unfinished.js';

interface Begun {
  readonly id: string;
  readonly ticket: Ticket;
  /** Those that S3 has already. */
  readonly parts: readonly UploadedPart[];
}

/** Straight to S3 with signed URLs: the content does not pass through the application. */
export const directSender: Sender = {
  name: 'direct',
  async send(task) {
    const begun = (await goOn(task)) ?? (await begin(task));
    const parts = await sendTicket(task, begun);
    const file = await complete(task, begun.id, parts);
    forgetUpload(task);
    return file.id;
  },
  async discard(request) {
    const known = recallUpload(request);
    forgetUpload(request);
    if (known?.method !== 'direct') return;
    await api.delete(`/api/direct/${known.reference}`).catch(() => undefined); // its expiry takes it away
  },
};

async function begin(task: SendTask): Promise<Begun> {
  const { file, folder, visibility } = task;
  const { id, ticket } = await api.post<{ id: string; ticket: Ticket }>(
    '/api/direct',
    {
      name: file.name,
      size: file.size,
      contentType: file.type || 'application/octet-stream',
      folder,
      visibility,
    },
    task.signal,
  );
  rememberUpload(task, 'direct', id);
  return { id, ticket, parts: [] };
}

/** What was begun before, with fresh URLs; nothing where the server has forgotten it. */
async function goOn(task: SendTask): Promise<Begun | undefined> {
  const known = recallUpload(task);
  if (known?.method !== 'direct') return undefined;
  try {
    return { id: known.reference, ...(await reopen(known.reference, task.signal)) };
  } catch (error) {
    if (!(error instanceof ApiError) || ![403, 404, 409, 410].includes(error.status)) throw error;
    forgetUpload(task);
    return undefined;
  }
}

function reopen(id: string, signal: AbortSignal): Promise<Omit<Begun, 'id'>> {
  return api.get(`/api/direct/${id}`, {}, signal);
}

async function sendTicket(task: SendTask, begun: Begun): Promise<UploadedPart[] | undefined> {
  const { ticket } = begun;
  if (ticket.type === 'multipart') {
    return sendParts({
      task,
      ticket,
      done: begun.parts,
      renew: async () => (await reopen(begun.id, task.signal)).ticket,
    });
  }
  await sendBody({
    method: 'PUT',
    url: ticket.url,
    headers: ticket.headers,
    body: task.file,
    signal: task.signal,
    progress: task.progress,
  });
  return undefined;
}

async function complete(
  request: UploadRequest,
  id: string,
  parts: readonly UploadedPart[] | undefined,
): Promise<FileView> {
  try {
    return await api.post<FileView>(
      `/api/direct/${id}/complete`,
      parts === undefined ? {} : { parts },
    );
  } catch (error) {
    // What is refused for good would be refused again at each retry: the next one begins anew.
    if (error instanceof ApiError && error.status >= 400 && error.status < 500)
      forgetUpload(request);
    throw error;
  }
}
