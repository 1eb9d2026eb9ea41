import { MemoryStorageProvider } from '@org/storage-core';
import { chromium } from '@org/storage-testkit/chromium';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type DownloadAnswerOptions,
  downloadHandler,
  keyBelow,
  nodeListener,
} from '../../src/index.js';
import { eventually } from '../eventually.js';
import { type Served, serve } from '../serve.js';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A second of silence. */
function sound(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + 8_000, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(8_000, 40);
  return Buffer.concat([head, Buffer.alloc(8_000, 128)]);
}

const SCRIPT = `fetch('/ran', { method: 'POST' }).catch(() => {}); new Image().src = '/ran';`;
const HTML = `<!doctype html><img src="/ran"><script>${SCRIPT}</script><p>page</p>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>${SCRIPT}</script><rect width="9" height="9"/></svg>`;
const XML = `<x:html xmlns:x="http://www.w3.org/1999/xhtml"><x:script>${SCRIPT}</x:script></x:html>`;

let storage: MemoryStorageProvider;
let server: Served;
let browser: Browser;
let page: Page;
let options: DownloadAnswerOptions;
let ran: number;
let cookies: (string | undefined)[];
let shown: string;

beforeAll(async () => {
  storage = new MemoryStorageProvider();
  await storage.upload('page.html', HTML);
  await storage.upload('drawing.svg', SVG);
  await storage.upload('data.xml', XML, { contentType: 'application/xml' });
  await storage.upload('page.xhtml', XML, { contentType: 'application/xhtml+xml' });
  await storage.upload('page.png', HTML, { contentType: 'image/png' });
  await storage.upload('page.txt', HTML, { contentType: 'text/plain' });
  await storage.upload('page', HTML, { contentType: 'application/octet-stream' });
  await storage.upload('code.js', SCRIPT);
  await storage.upload('pixel.png', PIXEL);
  await storage.upload('sound.wav', sound(), { contentType: 'audio/wav' });
  server = await serve((request, response) => {
    if (request.url === '/ran') ran += 1;
    if (request.url === '/files/sound.wav') cookies.push(request.headers.cookie);
    if (request.url?.startsWith('/files/'))
      return nodeListener(downloadHandler({ storage, key: keyBelow('/files/'), ...options }))(
        request,
        response,
      );
    response.setHeader('content-type', 'text/html').end(request.url === '/shown' ? shown : '');
  });
  const { executablePath, args, env } = await chromium();
  browser = await driver.launch({ executablePath, args: [...args], env: { ...env } });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  ran = 0;
  cookies = [];
  options = {};
  const context = await browser.newContext();
  page = await context.newPage();
  return () => context.close();
});

/** Goes there as a click on a link does, and waits for the page or the file that is saved. */
async function open(key: string): Promise<'shown' | 'saved'> {
  await page.goto(server.origin);
  const saved = page.waitForEvent('download').then(
    () => 'saved' as const,
    () => 'shown' as const,
  );
  const answer = await page.goto(`${server.origin}/files/${key}`).then(
    () => 'shown' as const,
    () => saved,
  );
  return answer;
}

describe('of strangers’ files in a browser', () => {
  test.each(['page.html', 'drawing.svg', 'data.xml', 'page.xhtml', 'page', 'code.js'])(
    '%s is saved',
    async (key) => {
      expect(await open(key)).toBe('saved');
      expect(ran).toBe(0);
    },
  );

  test.each(['page.png', 'page.txt'])('%s is not taken for the page that it holds', async (key) => {
    expect(await open(key)).toBe('shown');
    expect(await page.locator('p').count()).toBe(0);
    expect(ran).toBe(0);
  });

  test('those in a frame, an object, a script or a style of another page run nothing', async () => {
    const keys = ['page.html', 'drawing.svg', 'data.xml', 'page.png', 'code.js'];
    shown = keys
      .map((key) => `/files/${key}`)
      .map(
        (src) =>
          `<iframe src="${src}"></iframe><object data="${src}"></object><embed src="${src}">`,
      )
      .join('');
    shown +=
      '<link rel="stylesheet" href="/files/page.html"><script src="/files/page.png"></script>';
    await page.goto(`${server.origin}/shown`, { waitUntil: 'networkidle' });
    expect(ran).toBe(0);
  });

  test('would run, were they trusted', async () => {
    options = { untrusted: false };
    expect(await open('page.html')).toBe('shown');
    await eventually(() => expect(ran).toBeGreaterThan(0));
  });

  test('a picture is seen', async () => {
    expect(await open('pixel.png')).toBe('shown');
    expect(await page.evaluate(() => document.images[0]?.naturalWidth)).toBe(1);
  });

  test('an SVG picture is seen in a page, though its script does not run', async () => {
    shown = '<img src="/files/drawing.svg">';
    await page.goto(`${server.origin}/shown`, { waitUntil: 'networkidle' });
    expect(await page.evaluate(() => document.images[0]?.naturalWidth)).toBe(9);
    expect(ran).toBe(0);
  });

  test('a sound is played, with the cookies of the site', async () => {
    await page
      .context()
      .addCookies([
        { name: 'session', value: 'x', url: server.origin, sameSite: 'Strict', httpOnly: true },
      ]);
    options = { headers: { 'cache-control': 'no-store' } };
    expect(await open('sound.wav')).toBe('shown');
    await eventually(async () => {
      const media = await page.evaluate(() => document.querySelector('video')?.duration);
      expect(media).toBe(1);
    });
    expect(cookies.length).toBeGreaterThan(1);
    expect(new Set(cookies)).toEqual(new Set(['session=x']));
  });
});
