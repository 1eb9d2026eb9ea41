import type { OperationContext } from './operation.js';

/** The URL of the object of the request. */
export function objectLocation({ request }: OperationContext): string {
  const host = request.headers.get('host') ?? request.message.headers.host ?? '';
  return `http://${host}/${request.bucket ?? ''}/${encodeURIComponent(request.key ?? '')}`;
}
