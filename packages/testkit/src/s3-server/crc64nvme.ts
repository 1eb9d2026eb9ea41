/**
 * CRC-64/NVME (reflected polynomial 0x9A6C9329AC4BC9B5), eight bytes a step. The register is held as two 32-bit
 * halves, since BigInt arithmetic is two orders of magnitude slower.
 */

const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** Table n, entry b at [n * 256 + b]: the register after byte b and n zero bytes. */
const HIGH = new Int32Array(8 * 256);
const LOW = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let table = 0; table < 8; table += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry) {
        high ^= POLYNOMIAL_HIGH;
        low ^= POLYNOMIAL_LOW;
      }
    }
    HIGH[table * 256 + byte] = high;
    LOW[table * 256 + byte] = low;
  }
}

/** A running CRC-64/NVME. */
export class Crc64Nvme {
  #high = -1;
  #low = -1;

  update(data: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    let offset = 0;
    const end = data.length - 7;
    const byte = (index: number) => data[index] as number;
    while (offset < end) {
      const a =
        low ^
        (byte(offset) |
          (byte(offset + 1) << 8) |
          (byte(offset + 2) << 16) |
          (byte(offset + 3) << 24));
      const b =
        high ^
        (byte(offset + 4) |
          (byte(offset + 5) << 8) |
          (byte(offset + 6) << 16) |
          (byte(offset + 7) << 24));
      const i0 = 1792 + (a & 0xff);
      const i1 = 1536 + ((a >>> 8) & 0xff);
      const i2 = 1280 + ((a >>> 16) & 0xff);
      const i3 = 1024 + (a >>> 24);
      const i4 = 768 + (b & 0xff);
      const i5 = 512 + ((b >>> 8) & 0xff);
      const i6 = 256 + ((b >>> 16) & 0xff);
      const i7 = b >>> 24;
      high = xor(HIGH, i0, i1, i2, i3) ^ xor(HIGH, i4, i5, i6, i7);
      low = xor(LOW, i0, i1, i2, i3) ^ xor(LOW, i4, i5, i6, i7);
      offset += 8;
    }
    for (; offset < data.length; offset += 1) {
      const index = (low ^ byte(offset)) & 0xff;
      low = (low >>> 8) | (high << 24);
      high >>>= 8;
      low ^= LOW[index] as number;
      high ^= HIGH[index] as number;
    }
    this.#high = high;
    this.#low = low;
  }

  /** Eight bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(~this.#high >>> 0, 0);
    digest.writeUInt32BE(~this.#low >>> 0, 4);
    return digest;
  }
}

function xor(table: Int32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] as number) ^ (table[b] as number) ^ (table[c] as number) ^ (table[d] as number);
}
