import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { download } from '@org/storage-http';
import { LocalStorageProvider } from '@org/storage-local';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { notFound } from './security/app-error.js';
import { pagePolicy } from './security/headers.js';
import { httpRequest, sendAnswer } from './security/http-answer.js';

/** Addresses of pages: all are the same document, which shows what its address says. */
const PAGES = ['/', '/login', '/register', '/folder/*', '/file/:id', '/admin', '/admin/*'];

/**
 * The pages, and what they are made of.
 * @param bucketOrigins Where pages may send files to and get them from beside the application itself.
 */
export async function pageRoutes(
  app: FastifyInstance,
  webRoot: string,
  bucketOrigins: readonly string[],
): Promise<void> {
  const open = { config: { access: 'public' } } as const;
  const page = await readFile(join(webRoot, 'index.html'), 'utf8');
  const assets = new LocalStorageProvider({ root: webRoot, name: 'web' });
  app.addHook('onClose', () => assets.close());

  const sendPage = (reply: FastifyReply) =>
    reply
      .header('content-security-policy', pagePolicy(bucketOrigins))
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page);

  for (const path of PAGES) app.get(path, open, async (_request, reply) => sendPage(reply));

  // The address is a secret: nothing that the page leads to gets to know it.
  app.get('/s/:token', open, async (_request, reply) =>
    sendPage(reply.header('referrer-policy', 'no-referrer')),
  );

  // Who follows a wrong link is told so by the page.
  app.get('/*', open, async ({ url, headers }, reply) => {
    if (url.startsWith('/api/') || !headers.accept?.includes('text/html')) throw notFound();
    return sendPage(reply.code(404));
  });

  app.get('/assets/*', open, async (request, reply) => {
    const { '*': path } = z.object({ '*': z.string() }).parse(request.params);
    const answer = await download(assets, `assets/${path}`, httpRequest(request, reply), {
      untrusted: false,
      cacheControl: 'public, max-age=31536000, immutable', // their names change with their content
    });
    return sendAnswer(reply, answer);
  });
}
