import { once } from 'node:events';
import { createServer } from 'node:http';
import { SinkObjects } from './sink-objects.mjs';

const CHECKSUM = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/**
 * A server that keeps of what is written only keys, lengths and metadata: what a program that copies costs when the server costs next to nothing.
 * It knows objects, uploads in parts, copies nothing, and believes every signature and checksum; it counts the bytes, and honours `If-None-Match: *` and
 * `If-Match`. A GET is refused.
 */
export async function startSink() {
  const objects = new SinkObjects();
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (asked, answer) => {
    asked.on('error', () => answer.destroy());
    serve(objects, asked, answer).catch(() => answer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sink', secretAccessKey: 'sink-secret' },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(objects, asked, answer) {
  const { pathname, searchParams: query } = new URL(asked.url, 'http://sink');
  const [, , ...rest] = pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const wantsText = query.has('delete') || (asked.method === 'POST' && query.has('uploadId'));
  const body = wantsText ? await textOf(asked) : await lengthOf(asked);
  const request = { method: asked.method, headers: asked.headers, key, query, body };
  const { status = 200, headers = {}, text = '' } = answerTo(objects, request);
  answer.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers });
  answer.end(asked.method === 'HEAD' ? undefined : text);
}

/** @param request `body` is the length of what came, or its text where that is a document. */
function answerTo(objects, request) {
  const { method, key, query } = request;
  const has = (name) => query.has(name);
  const unknown = ['tagging', 'versions', 'acl', 'versioning', 'location'].some(has);
  if (unknown || request.headers['x-amz-copy-source'] !== undefined) return notImplemented();
  if (key === '') {
    if (method === 'HEAD') return {};
    if (method === 'PUT') return {};
    if (method === 'POST' && has('delete')) return deleteMany(objects, request);
    if (method === 'GET' && has('uploads')) return xml('<ListMultipartUploadsResult/>');
    if (method === 'GET') return list(objects, query);
  } else {
    if (method === 'PUT')
      return has('partNumber') ? putPart(objects, request) : put(objects, request);
    if (method === 'HEAD') return head(objects, key);
    if (method === 'DELETE') return remove(objects, request);
    if (method === 'POST' && has('uploads')) return begin(objects, request);
    if (method === 'POST' && has('uploadId')) return complete(objects, request);
  }
  return notImplemented();
}

function put(objects, { key, headers, body }) {
  const wrong = unlike(headers, body) ?? unmet(objects, key, headers);
  if (wrong !== undefined) return wrong;
  const { etag } = objects.put(key, contentLength(headers, body), metadataOf(headers));
  return { headers: { etag, ...checksumsOf(headers) } };
}

function putPart(objects, { query, headers, body }) {
  const wrong = unlike(headers, body);
  if (wrong !== undefined) return wrong;
  const size = contentLength(headers, body);
  const etag = objects.putPart(query.get('uploadId'), Number(query.get('partNumber')), size);
  if (etag === undefined) return error(404, 'NoSuchUpload');
  return { headers: { etag, ...checksumsOf(headers) } };
}

function begin(objects, { key, headers }) {
  const id = objects.begin(metadataOf(headers));
  const told = ['x-amz-checksum-algorithm', 'x-amz-checksum-type'].filter((name) => headers[name]);
  return xml(
    `<InitiateMultipartUploadResult><Bucket>sink</Bucket><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    Object.fromEntries(told.map((name) => [name, headers[name]])),
  );
}

function complete(objects, { key, query, headers, body }) {
  const wrong = unmet(objects, key, headers);
  if (wrong !== undefined) return wrong;
  const numbers = [...body.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, n]) => Number(n));
  const object = objects.complete(key, query.get('uploadId'), numbers);
  if (object === undefined) return error(400, 'InvalidPart');
  const checksums = Object.entries(checksumsOf(headers)).map(([name, value]) => {
    const element = `Checksum${name.slice('x-amz-checksum-'.length).toUpperCase()}`;
    return `<${element}>${escaped(value)}</${element}>`;
  });
  return xml(
    `<CompleteMultipartUploadResult><Bucket>sink</Bucket><Key>${escaped(key)}</Key><ETag>${escaped(object.etag)}</ETag>${checksums.join('')}</CompleteMultipartUploadResult>`,
  );
}

function head(objects, key) {
  const object = objects.get(key);
  if (object === undefined) return { status: 404 };
  const { size, etag, modified, metadata } = object;
  return {
    headers: {
      ...{ 'content-length': size, etag, 'last-modified': new Date(modified).toUTCString() },
      ...metadata,
    },
  };
}

function remove(objects, { key, query, headers }) {
  if (query.has('uploadId')) {
    return objects.abort(query.get('uploadId')) ? { status: 204 } : error(404, 'NoSuchUpload');
  }
  const wrong = objects.get(key) === undefined ? undefined : unmet(objects, key, headers);
  if (wrong !== undefined) return wrong;
  objects.delete(key);
  return { status: 204 };
}

function deleteMany(objects, { body }) {
  for (const [, key] of body.matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(unescaped(key));
  return xml('<DeleteResult/>');
}

function list(objects, query) {
  const answer = objects.list({
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after: query.get('continuation-token') ?? query.get('marker') ?? query.get('start-after') ?? '',
    most: Math.min(1000, Number(query.get('max-keys') ?? 1000)),
  });
  const name = query.get('encoding-type') === 'url' ? urlEncoded : escaped;
  const contents = answer.objects.map(
    ([key, { size, etag, modified }]) =>
      `<Contents><Key>${name(key)}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>${escaped(etag)}</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const folders = answer.folders.map(
    (folder) => `<CommonPrefixes><Prefix>${name(folder)}</Prefix></CommonPrefixes>`,
  );
  const { next } = answer;
  const more =
    next === undefined
      ? ''
      : `<NextContinuationToken>${escaped(next)}</NextContinuationToken><NextMarker>${name(next)}</NextMarker>`;
  return xml(
    `<ListBucketResult><Name>sink</Name><EncodingType>${name === escaped ? '' : 'url'}</EncodingType><KeyCount>${contents.length + folders.length}</KeyCount><IsTruncated>${next !== undefined}</IsTruncated>${more}${contents.join('')}${folders.join('')}</ListBucketResult>`,
  );
}

/** A body that is not as long as its headers say. */
function unlike(headers, length) {
  const said = headers['x-amz-decoded-content-length'];
  const expected = Number(said ?? headers['content-length'] ?? 0);
  // With a length of its content, chunks and their framing come to more than that.
  const right = said === undefined ? length === expected : length >= expected;
  return right ? undefined : error(400, 'IncompleteBody');
}

/** Without the framing of chunks, where there is one. */
const contentLength = (headers, length) =>
  Number(headers['x-amz-decoded-content-length'] ?? length);

function unmet(objects, key, headers) {
  const there = objects.get(key);
  if (headers['if-none-match'] === '*' && there !== undefined)
    return error(412, 'PreconditionFailed');
  const wanted = headers['if-match'];
  if (wanted === undefined) return undefined;
  if (there === undefined) return error(404, 'NoSuchKey');
  return wanted.replaceAll('"', '') === there.etag.replaceAll('"', '')
    ? undefined
    : error(412, 'PreconditionFailed');
}

function metadataOf(headers) {
  const own = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-amz-meta-') || name === 'content-type',
  );
  return Object.fromEntries(own);
}

function checksumsOf(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => CHECKSUM.test(name)));
}

const notImplemented = () => error(501, 'NotImplemented');

function error(status, code) {
  return { ...xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`), status };
}

function xml(text, headers = {}) {
  const declared = `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
  return { headers: { 'content-type': 'application/xml', ...headers }, text: declared };
}

const urlEncoded = (text) => encodeURIComponent(text).replaceAll('%2F', '/'); // as S3 does

const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const unescaped = (text) =>
  text
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

async function lengthOf(stream) {
  let length = 0;
  stream.on('data', (chunk) => {
    length += chunk.byteLength;
  });
  await once(stream, 'end');
  return length;
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}
