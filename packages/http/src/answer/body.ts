import { Readable } from 'node:stream';
import type { HttpResponse } from '../message.js';

/** Whether the answer to a request can have a body, https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1 */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 205 || status === 304;
}

/** Lets go of the body of an answer that is not sent. */
export function discard({ body }: HttpResponse): void {
  if (body instanceof Readable) body.destroy();
}
