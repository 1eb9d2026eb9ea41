import type { SessionView } from '../../api-types.js';
import { directSender } from './direct-sender.js';
import { formSender } from './form-sender.js';
import type { Sender } from './task.js';
import { tusSender } from './tus-sender.js';

/** How the user wants files to be sent. `automatic` goes by the size of the file and what the server allows. */
export type Method = 'automatic' | 'form' | 'tus' | 'direct';

/** Bytes from which on a new beginning would cost more than the protocol for resuming does. */
const LARGE = 8 * 1024 * 1024;

const STORED = 'upload-method';

export const METHODS: readonly { value: Method; text: string; hint: string }[] = [
  {
    value: 'automatic',
    text: 'Automatic',
    hint: 'Small files in one request; large ones resumable, straight to S3 where that is possible.',
  },
  { value: 'form', text: 'One request', hint: 'Begins anew after an interruption.' },
  {
    value: 'tus',
    text: 'Resumable, through the server',
    hint: 'Goes on after an interruption, and after the page was closed.',
  },
  {
    value: 'direct',
    text: 'Straight to S3',
    hint: 'Several parts at a time; resumable. Where S3 is not in use yet, the server takes them.',
  },
];

export function chosenMethod(): Method {
  const stored = localStorage.getItem(STORED);
  return METHODS.find(({ value }) => value === stored)?.value ?? 'automatic';
}

export function chooseMethod(method: Method): void {
  localStorage.setItem(STORED, method);
}

export function senderFor(method: Method, size: number, session: SessionView): Sender {
  if (method === 'form') return formSender;
  if (method === 'direct' && session.direct) return directSender;
  if (method === 'automatic') {
    if (size < LARGE) return formSender;
    if (session.direct) return directSender;
  }
  return tusSender;
}
