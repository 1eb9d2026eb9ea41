import { Readable } from 'node:stream';
import { readAll } from '@org/storage-core';

/** Where {@link withHeaders} belongs in a command's stack: the request is there, and not signed yet. */
export const BEFORE_SIGNING = { step: 'build' } as const;

/** Where {@link onDate} belongs in a command's stack: the response is there. */
export const AFTER_RESPONSE = { step: 'deserialize' } as const;

/** Where {@link onText} belongs in a command's stack: the response is there, and was not read yet. */
export const BEFORE_READING = { step: 'deserialize', priority: 'low' } as const;

/** Adds headers to a request that the SDK has no parameters for. */
export function withHeaders(headers: Readonly<Record<string, string>>) {
  return <A extends { readonly request: unknown }, R>(next: (args: A) => Promise<R>) =>
    (args: A): Promise<R> => {
      if (hasHeaders(args.request)) Object.assign(args.request.headers, headers);
      return next(args);
    };
}

/** Looks at a request before it is sent; what is thrown ends it. */
export function onRequest(look: (request: { protocol?: string; hostname?: string }) => void) {
  return <A extends { readonly request: unknown }, R>(next: (args: A) => Promise<R>) =>
    async (args: A): Promise<R> => {
      if (typeof args.request === 'object' && args.request !== null) look(args.request);
      return next(args);
    };
}

/** Tells the server's clock, from the `Date` of its answer. */
export function onDate(tell: (date: Date) => void) {
  return <A, R extends { readonly response: unknown }>(next: (args: A) => Promise<R>) =>
    async (args: A): Promise<R> => {
      const result = await next(args);
      const { response } = result;
      if (hasHeaders(response)) {
        const date = new Date(response.headers['date'] ?? Number.NaN);
        if (!Number.isNaN(date.getTime())) tell(date);
      }
      return result;
    };
}

/** Tells the text of an answer, for what the SDK's reading of it loses. */
export function onText(tell: (text: string) => void) {
  return <A, R extends { readonly response: unknown }>(next: (args: A) => Promise<R>) =>
    async (args: A): Promise<R> => {
      const result = await next(args);
      const { response } = result;
      if (hasBody(response)) {
        const bytes = await readAll(response.body);
        tell(bytes.toString('utf8'));
        Object.assign(response, { body: bytes });
      }
      return result;
    };
}

function hasBody(message: unknown): message is { readonly body: Readable } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'body' in message &&
    message.body instanceof Readable
  );
}

function hasHeaders(message: unknown): message is { headers: Record<string, string> } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'headers' in message &&
    typeof message.headers === 'object'
  );
}
