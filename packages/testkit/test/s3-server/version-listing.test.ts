import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const Bucket = 'photos';
const running = useServer({ buckets: [Bucket] });

/** Key and number of every version, in the order of the listing. */
const ALL: string[] = [];
const numbers = new Map<string, string>();

beforeAll(async () => {
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await running.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  // U+FF61 is before U+1F600 in UTF-8, behind it in UTF-16.
  const keys = ['a', 'b/1', 'b/2', 'b\n', 'c d', 'z\uff61', 'z\u{1f600}'];
  for (const key of [...keys].reverse()) {
    for (const number of [1, 2, 3]) {
      const method = key === 'c d' && number === 2 ? 'DELETE' : 'PUT';
      const path = `/${Bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
      const { headers } = await send(running.server, { method, path, body: '' });
      numbers.set(`${headers['x-amz-version-id']}`, `${key} ${number}`);
    }
  }
  const order = ['a', 'b\n', 'b/1', 'b/2', 'c d', 'z\uff61', 'z\u{1f600}'];
  for (const key of order) ALL.push(`${key} 3`, `${key} 2`, `${key} 1`);
});

async function page(query: Readonly<Record<string, string>>) {
  const { body } = await send(running.server, {
    path: `/${Bucket}`,
    query: { versions: '', ...query },
  });
  const matches = [...body.matchAll(/<VersionId>(.*?)<\/VersionId>/g)];
  const prefixes = [...body.matchAll(/<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g)];
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(body)?.[1];
  return {
    body,
    entries: matches.map(([, id]) => numbers.get(`${id}`) ?? '?'),
    prefixes: prefixes.map(([, prefix]) => prefix),
    truncated: field('IsTruncated') === 'true',
    nextKey: field('NextKeyMarker'),
    nextVersion: field('NextVersionIdMarker'),
  };
}

describe('ListObjectVersions', () => {
  it('orders keys by bytes and versions from the newest', async () => {
    const { entries, truncated, nextKey } = await page({ 'encoding-type': 'url' });
    expect(entries).toEqual(ALL);
    expect({ truncated, nextKey }).toEqual({ truncated: false, nextKey: undefined });
  });

  it.each([1, 2, 3, 4, 7, 20, 21])('comes in pages of %i, each version once', async (size) => {
    const found: string[] = [];
    let marker: Readonly<Record<string, string>> = {};
    for (;;) {
      const { entries, truncated, nextKey, nextVersion } = await page({
        ...marker,
        'max-keys': String(size),
        'encoding-type': 'url',
      });
      found.push(...entries);
      if (!truncated) break;
      expect(entries).toHaveLength(size);
      const key = decodeURIComponent(`${nextKey}`.replaceAll('+', ' '));
      marker = { 'key-marker': key, 'version-id-marker': `${nextVersion}` };
    }
    expect(found).toEqual(ALL);
  });

  it('goes on behind a version that has been deleted meanwhile', async () => {
    const put = () => send(running.server, { method: 'PUT', path: '/photos/gone', body: '' });
    const ids = [];
    for (const number of [1, 2, 3]) {
      const id = `${(await put()).headers['x-amz-version-id']}`;
      numbers.set(id, `gone ${number}`);
      ids.push(id);
    }
    const versionId = ids[1] ?? '';
    await send(running.server, { method: 'DELETE', path: '/photos/gone', query: { versionId } });
    const marker = { 'key-marker': 'gone', 'version-id-marker': versionId };
    expect((await page({ ...marker, prefix: 'gone' })).entries).toEqual(['gone 1']);
    for (const id of ids) {
      await send(running.server, {
        method: 'DELETE',
        path: '/photos/gone',
        query: { versionId: id },
      });
    }
  });

  it('skips all versions of a key marker without a version', async () => {
    const { entries } = await page({ 'key-marker': 'b/1', prefix: 'b' });
    expect(entries).toEqual(['b/2 3', 'b/2 2', 'b/2 1']);
  });

  it('rolls keys up to their common prefix, which counts as one', async () => {
    const folded = await page({ delimiter: '/', prefix: 'b' });
    expect(folded.entries).toEqual(['b\n 3', 'b\n 2', 'b\n 1']);
    expect(folded.prefixes).toEqual(['b/']);
    const first = await page({ delimiter: '/', 'max-keys': '7', 'encoding-type': 'url' });
    expect(first).toMatchObject({ truncated: true, nextKey: 'b/', nextVersion: undefined });
    const second = await page({ delimiter: '/', 'key-marker': 'b/' });
    expect(second.entries).toEqual(ALL.slice(12));
  });

  it('encodes keys if asked', async () => {
    expect((await page({ prefix: 'b\n', 'encoding-type': 'url' })).body).toContain(
      '<Key>b%0A</Key>',
    );
  });

  it('tells what the SDK reads', async () => {
    const list = (more: Partial<ListObjectVersionsCommandInput>) =>
      running.client.send(new ListObjectVersionsCommand({ Bucket, ...more }));
    const { Versions, DeleteMarkers } = await list({ Prefix: 'c' });
    expect(Versions?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
      ['c d', true],
      ['c d', false],
    ]);
    expect(Versions?.[0]).toMatchObject({
      ETag: '"d41d8cd98f00b204e9800998ecf8427e"',
      Size: 0,
      StorageClass: 'STANDARD',
      ChecksumType: 'FULL_OBJECT',
    });
    expect(DeleteMarkers).toMatchObject([{ Key: 'c d', IsLatest: false }]);
    expect(await list({ MaxKeys: 0 })).toMatchObject({ IsTruncated: false, MaxKeys: 0 });
  });

  it.each([
    { 'version-id-marker': 'null' },
    { 'key-marker': 'a', 'version-id-marker': '' },
    { 'key-marker': 'a', 'version-id-marker': 'x' },
    { 'max-keys': '-1' },
    { 'encoding-type': 'base64' },
  ])('refuses %o', async (query) => {
    const answer = await send(running.server, {
      path: `/${Bucket}`,
      query: { versions: '', ...query },
    });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });
});
