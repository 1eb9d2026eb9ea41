import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const running = useServer();

beforeAll(async () => {
  await send(running.server, { method: 'PUT', path: '/photos/ten', body: '0123456789' });
  await send(running.server, { method: 'PUT', path: '/photos/empty', body: '' });
});

const get = (range: string, path = '/photos/ten') =>
  send(running.server, { path, headers: { range } });

describe('a range', () => {
  it.each([
    ['bytes=0-8', '012345678', '0-8'],
    ['bytes=1-1', '1', '1-1'],
    ['bytes=1-', '123456789', '1-9'],
    ['bytes=-2', '89', '8-9'],
    ['bytes=-15', '0123456789', '0-9'],
    ['bytes=0-100', '0123456789', '0-9'],
  ])('%s gives %s', async (range, body, within) => {
    const answer = await get(range);
    expect(answer).toMatchObject({ status: 206, body });
    expect(answer.headers['content-range']).toBe(`bytes ${within}/10`);
    expect(answer.headers['content-length']).toBe(String(body.length));
  });

  it.each(['bytes=1-0', 'bytes=0--1', 'bytes=-', 'bytes=0-1,3-4', 'lines=0-1'])(
    '%s is ignored',
    async (range) => {
      expect(await get(range)).toMatchObject({ status: 200, body: '0123456789' });
    },
  );

  it.each(['bytes=100-200', 'bytes=10-', 'bytes=-0'])('%s can’t be satisfied', async (range) => {
    const answer = await get(range);
    expect(answer).toMatchObject({ status: 416, code: 'InvalidRange' });
    expect(answer.body).toContain('<ActualObjectSize>10</ActualObjectSize>');
    expect(answer.headers['content-range']).toBe('bytes */10');
  });

  it('of an empty object can’t be satisfied', async () => {
    expect(await get('bytes=0-0', '/photos/empty')).toMatchObject({ status: 416 });
  });

  it('works for HEAD', async () => {
    const answer = await send(running.server, {
      method: 'HEAD',
      path: '/photos/ten',
      headers: { range: 'bytes=2-4' },
    });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-length']).toBe('3');
  });
});
