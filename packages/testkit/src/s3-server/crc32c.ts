/** CRC-32C (Castagnoli), reflected polynomial, eight bytes a step. RFC 3720, appendix B.4 has test values. */

const POLYNOMIAL = 0x82f63b78;

const TABLES: readonly Uint32Array[] = buildTables();

function buildTables(): Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (const table of tables) {
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
      table[byte] = crc >>> 0;
    }
  }
  return tables;
}

/** The CRC of `data` appended to what `previous` covers; start with 0. */
export function crc32c(data: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as unknown as readonly [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  // Typed arrays read within their bounds are never undefined, which the index signature can't say.
  const at = (table: Uint32Array, index: number) => table[index] as number;
  let crc = ~previous;
  let offset = 0;
  const end = data.length - 7;
  const byte = (index: number) => data[index] as number;
  while (offset < end) {
    const low =
      crc ^
      (byte(offset) |
        (byte(offset + 1) << 8) |
        (byte(offset + 2) << 16) |
        (byte(offset + 3) << 24));
    crc =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, byte(offset + 4)) ^
      at(t2, byte(offset + 5)) ^
      at(t1, byte(offset + 6)) ^
      at(t0, byte(offset + 7));
    offset += 8;
  }
  for (; offset < data.length; offset += 1) {
    crc = at(t0, (crc ^ byte(offset)) & 0xff) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
