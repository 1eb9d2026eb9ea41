export interface Part {
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: string | Uint8Array;
}

export const BOUNDARY = '----boundary-of-the-test';

export const FORM = `multipart/form-data; boundary=${BOUNDARY}`;

/** A form as it is sent, for what `FormData` does not write. */
export function form(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): Buffer<ArrayBuffer> {
  const written = parts.flatMap(({ name = 'file', filename, type, content }) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '' : `\r\ncontent-type: ${type}`,
    '\r\n\r\n',
    content,
    '\r\n',
  ]);
  return Buffer.concat([...written, end].map((piece) => Buffer.from(piece as Uint8Array)));
}

export const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  Buffer.alloc(10_000, 1),
]);
export const GIF_PAGE = Buffer.from('GIF89a/*<script>alert(1)</script>*/=1;');
