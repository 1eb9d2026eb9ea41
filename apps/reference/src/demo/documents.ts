import { createHash } from 'node:crypto';

const WORDS =
  'harbour ledger north quiet window copper signal meadow paper lantern river granite seldom garden marble thread'.split(
    ' ',
  );

/** Some kilobytes of prose. */
export function text(number: number): Buffer {
  const lines = Array.from({ length: 20 + (number % 200) }, (_, line) =>
    Array.from(
      { length: 11 },
      (_, word) => WORDS[(number * 7 + line * 5 + word * 3) % WORDS.length],
    ).join(' '),
  );
  return Buffer.from(`Note ${number}\n\n${lines.join('\n')}\n`);
}

/** A table in CSV. */
export function table(number: number): Buffer {
  const rows = Array.from({ length: 100 + (number % 400) }, (_, row) =>
    [
      row,
      WORDS[(number + row) % WORDS.length],
      (row * number) % 977,
      ((row * 31) % 100) / 100,
    ].join(','),
  );
  return Buffer.from(`id,name,amount,share\n${rows.join('\n')}\n`);
}

/** A page of PDF 1.4. */
export function invoice(number: number): Buffer {
  const lines = [
    `Invoice ${number}`,
    ...Array.from(
      { length: 12 },
      (_, line) =>
        `${line + 1}. ${WORDS[(number + line * 3) % WORDS.length]} ${((number * (line + 2)) % 900) + 10}.00`,
    ),
  ];
  const page = `BT /F1 16 Tf 60 780 Td 24 TL ${lines.map((line) => `(${line}) Tj T*`).join(' ')} ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  return Buffer.from(
    `${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries.join('')}` +
      `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  );
}

/** What begins like MP4, and is as large and as little to be compressed as film: 256 KiB to 1 MiB. No player shows it. */
export function video(number: number): Buffer {
  const head = Buffer.from('0000001c6674797069736f6d0000020069736f6d69736f326d703431', 'hex');
  const size = 256 * 1024 + ((number * 7919) % (768 * 1024));
  const frames: Buffer[] = [
    head,
    Buffer.from([size >>> 24, size >>> 16, size >>> 8, size]),
    Buffer.from('mdat'),
  ];
  for (let length = 0, frame = 0; length < size; frame++) {
    const block = createHash('shake256', { outputLength: 16 * 1024 })
      .update(`${number} ${frame}`)
      .digest();
    frames.push(block);
    length += block.length;
  }
  return Buffer.concat(frames);
}
