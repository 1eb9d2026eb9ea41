import { S3Error } from './error.js';

/**
 * A form as a browser sends it, multipart/form-data, with a file behind the fields. RFC 7578, and
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export interface Form {
  /** By lower-case name, in the order sent. */
  readonly fields: ReadonlyMap<string, string>;
  /** As the client calls the file, without folders; empty if it does not. */
  readonly filename: string;
  /** Content of the file as it comes; ends without an error only if it came whole. */
  readonly content: AsyncIterable<Buffer>;
}

/** The most bytes that may stand before the file. */
const MAXIMUM_FIELD_BYTES = 20 * 1024;

/** Reads all fields up to the file; what follows the file is ignored, as S3 does. */
export async function readForm(
  contentType: string | undefined,
  wire: AsyncIterable<Buffer>,
): Promise<Form> {
  const reader = new PartReader(wire, Buffer.from(`\r\n--${boundaryOf(contentType)}`));
  const fields = new Map<string, string>();
  while (await reader.nextPart()) {
    const { name, filename } = parseDisposition(await reader.head());
    if (name === 'file') return { fields, filename, content: reader.content() };
    if (fields.has(name)) throw malformedForm();
    fields.set(name, await reader.text());
  }
  throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
    ArgumentName: 'file',
    ArgumentValue: 0,
  });
}

function boundaryOf(contentType: string | undefined): string {
  const [, type = '', parameters = ''] = /^([^;]*)(.*)$/s.exec(contentType ?? '') ?? [];
  if (type.trim().toLowerCase() !== 'multipart/form-data') {
    throw new S3Error('PreconditionFailed', undefined, {
      Condition: 'Bucket POST must be of the enclosure-type multipart/form-data',
    });
  }
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(parameters) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformedForm();
  return boundary;
}

function parseDisposition(head: string): { name: string; filename: string } {
  const [, disposition = ''] = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(head) ?? [];
  const parameter = (name: string): string | undefined => {
    const found = new RegExp(`;\\s*${name}=(?:"((?:\\\\"|[^"])*)"|([^\\s;"]+))`, 'i').exec(
      disposition,
    );
    return found?.[1]?.replaceAll('\\"', '"') ?? found?.[2];
  };
  const name = parameter('name')?.toLowerCase();
  if (name === undefined) throw malformedForm();
  // Some clients send the path of the file, of which S3 takes the last segment.
  const filename = parameter('filename')?.replace(/^.*[\\/]/s, '') ?? '';
  return { name, filename };
}

function malformedForm(): S3Error {
  return new S3Error('MalformedPOSTRequest');
}

/** Takes a stream apart at its boundaries, holding no more of it than may be the beginning of one. */
class PartReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  /** The first boundary may lack the line end that belongs to all others. */
  #buffered: Buffer = Buffer.from('\r\n');
  #taken = 0;
  #started = false;

  constructor(source: AsyncIterable<Buffer>, delimiter: Buffer) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = delimiter;
  }

  /** Goes to the next part, past what is left of this one; false behind the last. */
  async nextPart(): Promise<boolean> {
    if (!this.#started) await this.#until(this.#delimiter);
    this.#started = true;
    const end = await this.#until(Buffer.from('\r\n'), 2);
    if (end.startsWith('--')) return false;
    if (end.trim() !== '') throw malformedForm();
    return true;
  }

  async head(): Promise<string> {
    return this.#until(Buffer.from('\r\n\r\n'));
  }

  /** The rest of a short part. */
  async text(): Promise<string> {
    return this.#until(this.#delimiter);
  }

  /** The rest of a part of any length. */
  async *content(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.#buffered.indexOf(this.#delimiter);
      const known = end >= 0 ? end : this.#buffered.length - this.#delimiter.length + 1;
      if (known > 0) yield this.#buffered.subarray(0, known);
      if (end >= 0) {
        await this.#skip();
        return;
      }
      this.#buffered = this.#buffered.subarray(Math.max(known, 0));
      await this.#more();
    }
  }

  /** Text up to the mark, which is dropped; `enough` characters of it do where it begins with two dashes. */
  async #until(mark: Buffer, enough?: number): Promise<string> {
    for (;;) {
      const end = this.#buffered.indexOf(mark);
      if (end >= 0) {
        const text = this.#buffered.toString('utf8', 0, end);
        this.#buffered = this.#buffered.subarray(end + mark.length);
        this.#count(end + mark.length);
        return text;
      }
      if (enough !== undefined && this.#buffered.toString('latin1', 0, enough) === '--')
        return '--';
      this.#count(0, this.#buffered.length);
      await this.#more();
    }
  }

  #count(taken: number, pending = 0): void {
    this.#taken += taken;
    if (this.#taken + pending > MAXIMUM_FIELD_BYTES) {
      throw new S3Error('MaxPostPreDataLengthExceeded');
    }
  }

  /** Takes the rest, so that nobody is answered who is still sending. */
  async #skip(): Promise<void> {
    this.#buffered = Buffer.alloc(0);
    while (!(await this.#source.next()).done);
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw malformedForm();
    this.#buffered =
      this.#buffered.length === 0 ? next.value : Buffer.concat([this.#buffered, next.value]);
  }
}
