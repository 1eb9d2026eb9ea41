import { type HttpRequest, type HttpResponse, nodeRequest } from '@org/storage-http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request as the handlers of `@org/storage-http` take it. */
export function httpRequest(request: FastifyRequest, reply: FastifyReply): HttpRequest {
  return nodeRequest(request.raw, reply.raw);
}

/** Sends an answer of theirs, below the headers that all answers have. A body that fails half-way cuts the connection. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: HttpResponse) {
  for (const [name, value] of Object.entries(headers))
    reply.header(name, typeof value === 'string' ? value : [...value]);
  return reply.code(status).send(body);
}
