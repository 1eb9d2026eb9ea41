import type { FastifyInstance } from 'fastify';

/** What a page of ours may do: nothing inline, nothing from elsewhere but what the origins of the bucket give. */
export function pagePolicy(origins: readonly string[]): string {
  const ours = ["'self'", ...origins].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${ours} blob: data:`,
    `media-src ${ours}`,
    `connect-src ${ours}`,
    `frame-src ${ours}`,
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Of answers that are no pages: nothing that is in them is run or framed. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

/** Headers of every answer; a route may set its own in their place. A token of a link does not get out by the address of its page. */
export function setSecurityHeaders(app: FastifyInstance, publicUrl: () => string): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': NO_PAGE,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    if (publicUrl().startsWith('https:'))
      reply.header('strict-transport-security', 'max-age=31536000');
  });
}
