/**
 * CRC-64/NVME (reflected polynomial 0x9A6C9329AC4BC9B5; NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4),
 * eight bytes a step. The register is held as two 32-bit halves: arithmetic on BigInt takes a hundred times as long.
 */

const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** At [table * 256 + byte]: the register after the byte and `table` bytes of zero. */
interface Tables {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

let made: Tables | undefined;

function tables(): Tables {
  if (made !== undefined) return made;
  made = { high: new Int32Array(8 * 256), low: new Int32Array(8 * 256) };
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let table = 0; table < 8; table++) {
      for (let bit = 0; bit < 8; bit++) {
        const carry = low & 1;
        low = (low >>> 1) | (high << 31);
        high >>>= 1;
        if (carry === 1) {
          high ^= POLYNOMIAL_HIGH;
          low ^= POLYNOMIAL_LOW;
        }
      }
      made.high[table * 256 + byte] = high;
      made.low[table * 256 + byte] = low;
    }
  }
  return made;
}

/** A running CRC-64/NVME. */
export class Crc64Nvme {
  readonly #tables = tables();
  #high = -1;
  #low = -1;

  update(data: Uint8Array): this {
    const { high: highs, low: lows } = this.#tables;
    const at = (table: Int32Array, index: number) => table[index] as number; // within 0..2047
    const word = (offset: number) =>
      (data[offset] as number) |
      ((data[offset + 1] as number) << 8) |
      ((data[offset + 2] as number) << 16) |
      ((data[offset + 3] as number) << 24);
    let high = this.#high;
    let low = this.#low;
    let offset = 0;
    for (; offset + 8 <= data.byteLength; offset += 8) {
      const a = low ^ word(offset);
      const b = high ^ word(offset + 4);
      high = 0;
      low = 0;
      for (let i = 0; i < 4; i++) {
        const first = (7 - i) * 256 + ((a >>> (8 * i)) & 0xff);
        const second = (3 - i) * 256 + ((b >>> (8 * i)) & 0xff);
        high ^= at(highs, first) ^ at(highs, second);
        low ^= at(lows, first) ^ at(lows, second);
      }
    }
    for (; offset < data.byteLength; offset++) {
      const index = (low ^ (data[offset] as number)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ at(lows, index);
      high = (high >>> 8) ^ at(highs, index);
    }
    this.#high = high;
    this.#low = low;
    return this;
  }

  /** 16 lower-case hexadecimal digits. */
  digest(): string {
    return hexadecimal(~this.#high) + hexadecimal(~this.#low);
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
