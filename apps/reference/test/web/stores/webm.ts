import sharp, { type Sharp } from 'sharp';

/** Frames a second. */
const RATE = 10;

const NOISE = { width: 160, height: 120 } as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Ids of elements, https://www.rfc-editor.org/rfc/rfc9559#section-5 and https://www.rfc-editor.org/rfc/rfc8794#section-11.2 */
const ID = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

/**
 * A film as browsers play it: WebM with VP8. Each second is a cluster of its own that the index names, and each frame a picture for itself, which is
 * what the content of a WebP file is: so no encoder of films is needed.
 * @param pictures that are shown, one after the other, all of the size of the first. Default: noise.
 */
export async function film(seconds: number, pictures?: readonly Buffer[]): Promise<Buffer> {
  const size = pictures?.[0] === undefined ? NOISE : await sizeOf(pictures[0]);
  const frames = await Promise.all(
    pictures?.map((picture) => vp8Of(sharp(picture))) ?? [0, 1, 2, 3].map((seed) => noise(seed)),
  );
  const clusters = Array.from({ length: seconds }, (_, second) => {
    const blocks = Array.from({ length: RATE }, (_, index) =>
      simpleBlock((index * 1000) / RATE, frames[(second + index) % frames.length] ?? Buffer.of()),
    );
    return element(ID.cluster, unsigned(ID.timestamp, second * 1000), ...blocks);
  });
  const head = [info(seconds * 1000), track(size)];
  const before = Buffer.concat(head).byteLength;
  const length = cues(clusters, before).byteLength; // positions have a fixed width
  const body = [...head, cues(clusters, before + length), ...clusters];
  return Buffer.concat([ebml(), element(ID.segment, ...body)]);
}

/** Noise, so that it has some size. */
function noise(seed: number): Promise<Buffer> {
  const pixels = Buffer.alloc(NOISE.width * NOISE.height * 3);
  let state = seed + 1;
  for (let at = 0; at < pixels.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = state >>> 24;
  }
  return vp8Of(sharp(pixels, { raw: { ...NOISE, channels: 3 } }));
}

async function vp8Of(picture: Sharp): Promise<Buffer> {
  return vp8(await picture.webp({ quality: 60 }).toBuffer());
}

async function sizeOf(picture: Buffer): Promise<Size> {
  const { width, height } = await sharp(picture).metadata();
  return { width, height };
}

/** https://developers.google.com/speed/webp/docs/riff_container#simple_file_format_lossy */
function vp8(webp: Buffer): Buffer {
  for (let at = 12; at < webp.length; ) {
    const size = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8 ') return webp.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new Error('there is no VP8 in the picture');
}

function ebml(): Buffer {
  return element(
    ID.ebml,
    text(ID.docType, 'webm'),
    unsigned(ID.docTypeVersion, 2),
    unsigned(ID.docTypeReadVersion, 2),
  );
}

/** @param duration in milliseconds, as all times. */
function info(duration: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeDoubleBE(duration);
  return element(
    ID.info,
    unsigned(ID.timestampScale, 1_000_000),
    text(ID.muxingApp, 'test'),
    text(ID.writingApp, 'test'),
    element(ID.duration, length),
  );
}

function track({ width, height }: Size): Buffer {
  const size = element(ID.video, unsigned(ID.pixelWidth, width), unsigned(ID.pixelHeight, height));
  const entry = element(
    ID.trackEntry,
    unsigned(ID.trackNumber, 1),
    unsigned(ID.trackUid, 1),
    unsigned(ID.trackType, 1),
    text(ID.codecId, 'V_VP8'),
    size,
  );
  return element(ID.tracks, entry);
}

/** @param start of the first cluster, from the start of the segment's content. */
function cues(clusters: readonly Buffer[], start: number): Buffer {
  let position = start;
  const points = clusters.map((cluster, second) => {
    const place = element(
      ID.cueTrackPositions,
      unsigned(ID.cueTrack, 1),
      unsigned(ID.cueClusterPosition, position),
    );
    position += cluster.byteLength;
    return element(ID.cuePoint, unsigned(ID.cueTime, second * 1000), place);
  });
  return element(ID.cues, ...points);
}

/** A key frame, of track 1. @param time since the start of its cluster. */
function simpleBlock(time: number, content: Buffer): Buffer {
  const head = Buffer.of(0x81, time >> 8, time & 0xff, 0x80);
  return element(ID.simpleBlock, head, content);
}

function unsigned(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return element(id, bytes);
}

function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value));
}

/** With its size in eight bytes. */
function element(id: number, ...content: readonly Buffer[]): Buffer {
  const name = Buffer.from(id.toString(16), 'hex');
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(content.reduce((sum, { length }) => sum + length, 0)));
  size[0] = 1;
  return Buffer.concat([name, size, ...content]);
}
