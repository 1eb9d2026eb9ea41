import type { UploadOutcome } from '../../api-types.js';
import { csrfToken } from '../api/client.js';
import { ApiError } from '../api/error.js';
import { sendBody } from './request.js';
import type { Sender } from './task.js';

/** Refusals that would be the same at the next try. */
const FOR_GOOD: ReadonlySet<string> = new Set(['too_large', 'type_not_allowed', 'invalid']);

/** One request with the file as a form's field: the least work for small files. It begins anew after an interruption. */
export const formSender: Sender = {
  name: 'form',
  async send({ file, folder, visibility, signal, progress }) {
    const body = new FormData();
    body.set('folder', folder);
    body.set('visibility', visibility);
    body.set('file', file, file.name);
    const answer = await sendBody({
      method: 'POST',
      url: '/api/files',
      headers: { accept: 'application/json', 'x-csrf-token': csrfToken() },
      body,
      signal,
      progress: (sent) => progress(Math.min(sent, file.size)),
    });
    const { files, rejected } = JSON.parse(answer.body) as UploadOutcome;
    const [refusal] = rejected;
    if (refusal !== undefined) {
      const { code, message } = refusal;
      throw new ApiError(FOR_GOOD.has(code) ? 422 : 503, code, message);
    }
    return files[0]?.id;
  },
  discard: () => Promise.resolve(),
};
