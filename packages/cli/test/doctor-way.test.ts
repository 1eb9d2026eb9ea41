import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { examined } from '../src/doctor/from-arguments.js';
import { doctorLines } from '../src/doctor/lines.js';
import { diagnosed, KEYS, linesOf, ward } from './doctor-fixtures.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A port of this machine. @param listen what is done with a connection. */
async function port(server = createServer()): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port; // as listen(2) has it
}

const place = (endpoint: string) =>
  examined({ bucket: 'bucket', region: 'x', endpoint, credentials: KEYS });

describe('what is not there is told at once, and what rests on it is skipped', () => {
  it('with a port that nobody listens at', async () => {
    const closed = createServer();
    const free = await port(closed);
    await new Promise((resolve) => closed.close(resolve));
    const report = await diagnosed({ bucket: place(`http://127.0.0.1:${free}`) });
    expect(
      linesOf(report, 'connection', 'clock', 'identity', 'bucket', 'permissions', 'preconditions'),
    ).toEqual([
      `FAILURE  127.0.0.1 port ${free}: nobody listens there`,
      '→ look whether the server runs, and at the port',
      ...Array(5).fill('skipped  since the server can’t be reached'),
    ]);
    expect(doctorLines(report).at(-1)).toBe('1 failure, no warnings, 7 checks skipped.');
  });

  it('with a name that there is not', async () => {
    const report = await diagnosed({ bucket: place('http://nowhere.invalid') });
    expect(linesOf(report, 'name')[0]).toMatch(
      /^FAILURE {2}the name nowhere.invalid can’t be resolved \(E/,
    );
    expect(linesOf(report, 'connection')).toEqual([
      'skipped  since the server’s name can’t be resolved',
    ]);
  });

  it('with a server that takes connections and does not answer', async () => {
    const hanging = await port();
    const report = await diagnosed({ bucket: place(`http://127.0.0.1:${hanging}`), limit: 300 });
    expect(linesOf(report, 'clock', 'identity')).toEqual([
      'FAILURE  no answer within 0.3 s',
      'skipped  since the server does not answer, or its clock is another',
    ]);
  });

  it('with a directory that is missing', async () => {
    const path = join(await ward(), 'missing');
    const report = await diagnosed({ directory: { path } });
    expect(linesOf(report, 'directory', 'file-system', 'room')).toEqual([
      `FAILURE  ${path} is not there`,
      '→ look at its name, and whether its disk is mounted',
      'skipped  since the directory can’t be used',
      'skipped  since the directory can’t be used',
    ]);
  });
});

describe('the clock', () => {
  /** A server whose clock is so many milliseconds ahead. */
  async function ahead(ms: number): Promise<string[]> {
    const server = createHttpServer((_, response) => {
      response.setHeader('date', new Date(Date.now() + ms).toUTCString());
      response.writeHead(403).end();
    });
    const bucket = place(`http://127.0.0.1:${await port(server)}`);
    return linesOf(await diagnosed({ bucket, role: 'readonly' }), 'clock');
  }

  it('may be a few seconds away', async () => {
    expect((await ahead(0))[0]).toMatch(
      /^ok {7}within [12] s of the server’s, which answered in \d+ ms$/,
    );
  });

  it('is suspect from a minute on', async () => {
    const [told = '', mend] = await ahead(5 * 60_000 + 500);
    expect(told).toBe('WARNING  this machine’s clock is 5 min behind the server’s');
    expect(mend).toBe(
      '→ set this machine’s clock, and have it kept by NTP (timedatectl set-ntp true)',
    );
  });

  it('is refused from a quarter of an hour on', async () => {
    expect((await ahead(-16 * 60_000))[0]).toBe(
      'FAILURE  this machine’s clock is 16 min ahead of the server’s, and S3 refuses what is 15 minutes away',
    );
  });
});

it('a proxy that is not heeded is told of, without what it holds', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://user:secret@proxy:3128');
  const report = await diagnosed({ bucket: place('http://127.0.0.1:1') });
  expect(linesOf(report, 'proxy')[0]).toBe(
    'WARNING  HTTPS_PROXY is set, and not heeded: the server is connected to directly',
  );
  expect(JSON.stringify(report)).not.toContain('secret');
});
