import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Case, ownBucket } from './case.js';
import { type Setting, told } from './setting.js';

/** A bucket with versioning, and what can be done in it. */
async function versioned(setting: Setting) {
  const { client } = setting;
  const Bucket = await ownBucket(setting);
  const configure = (Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  const put = async (Body: string, Key = 'k') =>
    (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const remove = (VersionId?: string, Key = 'k') =>
    client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  const get = (VersionId?: string, Key = 'k') =>
    client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  const content = async (VersionId?: string) => (await get(VersionId)).Body?.transformToString();
  const list = (more: Partial<ListObjectVersionsCommandInput> = {}) =>
    client.send(new ListObjectVersionsCommand({ Bucket, ...more }));
  await configure('Enabled');
  return { Bucket, configure, put, remove, get, content, list };
}

export const VERSIONS: readonly Case[] = [
  {
    name: 'versions: the newest is served, older ones by their id',
    aws: ['two', 'one', true, true],
    ask: async (setting) => {
      const { put, content, get } = await versioned(setting);
      const one = await put('one');
      const two = await put('two');
      return [
        await content(),
        await content(one),
        (await get()).VersionId === two,
        one !== two && one !== undefined,
      ];
    },
  },
  {
    name: 'a DELETE makes a marker, which hides the object and can be deleted itself',
    aws: [
      { status: 204, DeleteMarker: true, told: true },
      '404 NoSuchKey',
      '405 MethodNotAllowed',
      { status: 204, DeleteMarker: true },
      'one',
    ],
    ask: async (setting) => {
      const { put, remove, get, content } = await versioned(setting);
      await put('one');
      const { VersionId, DeleteMarker, $metadata } = await remove();
      const hidden = await told(get());
      const marker = await told(get(VersionId));
      const undone = await remove(VersionId);
      return [
        { status: $metadata.httpStatusCode, DeleteMarker, told: VersionId !== undefined },
        hidden,
        marker,
        { status: undone.$metadata.httpStatusCode, DeleteMarker: undone.DeleteMarker },
        await content(),
      ];
    },
  },
  {
    name: 'a version is deleted for good, and the one before is the latest',
    aws: [204, 'one', '404 NoSuchVersion', 204],
    ask: async (setting) => {
      const { put, remove, content, get } = await versioned(setting);
      await put('one');
      const two = await put('two');
      return [
        await told(remove(two)),
        await content(),
        await told(get(two)),
        await told(remove(two)),
      ];
    },
  },
  {
    name: 'what is no version id is refused',
    aws: ['400 InvalidArgument', '400 InvalidArgument'],
    ask: async (setting) => {
      const { put, get, remove } = await versioned(setting);
      await put('one');
      return [await told(get('no version')), await told(remove('no version'))];
    },
  },
  {
    name: 'while versioning is suspended, the version null is overwritten and deleted by a marker',
    aws: [undefined, 'null', 'null', ['null marker', 'kept']],
    ask: async (setting) => {
      const { put, remove, get, list, configure } = await versioned(setting);
      const kept = await put('kept');
      await configure('Suspended');
      await put('one');
      const written = await put('two');
      const read = (await get()).VersionId;
      const removed = (await remove()).VersionId;
      const { Versions = [], DeleteMarkers = [] } = await list();
      return [
        written,
        read,
        removed,
        [
          ...DeleteMarkers.map(({ VersionId }) => `${VersionId} marker`),
          ...Versions.map(({ VersionId }) => (VersionId === kept ? 'kept' : VersionId)),
        ],
      ];
    },
  },
  {
    name: 'versions are listed by key, the newest first, in pages',
    aws: [
      ['a 3 latest', 'a 2', 'a 1', 'b 2 latest'],
      ['b 1', 'c/'],
    ],
    ask: async (setting) => {
      const { put, list } = await versioned(setting);
      const names = new Map<string | undefined, string>();
      for (const number of [1, 2, 3]) names.set(await put('x', 'a'), `a ${number}`);
      for (const number of [1, 2]) names.set(await put('x', 'b'), `b ${number}`);
      await put('x', 'c/1');
      await put('x', 'c/2');
      const page = async (more: Partial<ListObjectVersionsCommandInput>) => {
        const { Versions = [], CommonPrefixes = [], ...answer } = await list(more);
        const found = Versions.map(
          ({ VersionId, IsLatest }) => `${names.get(VersionId)}${IsLatest ? ' latest' : ''}`,
        );
        return { found: [...found, ...CommonPrefixes.map(({ Prefix }) => `${Prefix}`)], answer };
      };
      const first = await page({ MaxKeys: 4 });
      const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = first.answer;
      const rest = await page({ Delimiter: '/', KeyMarker, VersionIdMarker });
      return [first.found, rest.found];
    },
  },
  {
    name: 'DeleteObjects makes markers, and deletes versions',
    aws: [
      { marker: true, told: true },
      { marker: undefined, told: true },
    ],
    ask: async (setting) => {
      const { put, Bucket } = await versioned(setting);
      const VersionId = await put('x', 'a');
      await put('x', 'b');
      const Objects = [{ Key: 'b' }, { Key: 'a', VersionId }];
      const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
      const { Deleted = [] } = await setting.client.send(command);
      const [b, a] = Deleted.sort((left, right) => `${right.Key}`.localeCompare(`${left.Key}`));
      return [
        { marker: b?.DeleteMarker, told: b?.DeleteMarkerVersionId !== undefined },
        { marker: a?.DeleteMarker, told: a?.VersionId === VersionId },
      ];
    },
  },
  {
    name: 'an old version is copied onto its own key, a delete marker to nowhere',
    aws: ['one', '404 NoSuchKey', '400 InvalidRequest'],
    ask: async (setting) => {
      const { put, remove, content, Bucket } = await versioned(setting);
      const copy = (Key: string, version = '') => {
        const CopySource = `${Bucket}/k${version}`;
        return setting.client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
      };
      const one = await put('one');
      await put('two');
      await copy('k', `?versionId=${one}`);
      const restored = await content();
      const { VersionId } = await remove();
      return [restored, await told(copy('l')), await told(copy('l', `?versionId=${VersionId}`))];
    },
  },
  {
    name: 'a bucket with nothing but a delete marker is not empty',
    aws: '409 BucketNotEmpty',
    ask: async (setting) => {
      const { remove, Bucket } = await versioned(setting);
      await remove();
      return told(setting.client.send(new DeleteBucketCommand({ Bucket })));
    },
  },
  {
    name: 'PUT If-None-Match: * over a delete marker',
    aws: 200,
    ask: async (setting) => {
      const { put, remove, Bucket } = await versioned(setting);
      await put('one');
      await remove();
      const more = { Bucket, Key: 'k', Body: 'two', IfNoneMatch: '*' };
      return told(setting.client.send(new PutObjectCommand(more)));
    },
  },
];
