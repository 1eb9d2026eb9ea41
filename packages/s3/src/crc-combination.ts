/**
 * A CRC whose register begins with ones, is inverted at the end, and is reflected: the highest bit is the coefficient
 * of x^0.
 */
interface CrcParameters {
  /** Bits. */
  readonly width: number;
  readonly polynomial: bigint;
}

export const CRC32: CrcParameters = { width: 32, polynomial: 0xedb88320n };
export const CRC64NVME: CrcParameters = { width: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/**
 * The CRC of a whole from those of its parts, so that no byte is read twice: crc(AB) = crc(A) · x^(8·|B|) + crc(B), over
 * GF(2) and modulo the polynomial, as in zlib's `crc32_combine` (https://github.com/madler/zlib/blob/v1.3.1/crc32.c).
 */
export class CombinedCrc {
  readonly #parameters: CrcParameters;
  #crc = 0n;
  /** Of the last part: all but one are of one size. */
  #shift: { readonly length: number; readonly factor: bigint } | undefined;

  constructor(parameters: CrcParameters) {
    this.#parameters = parameters;
  }

  /**
   * @param crc of the part that comes next, in hexadecimal.
   * @param length of that part, in bytes.
   */
  append(crc: string, length: number): void {
    if (this.#shift?.length !== length) {
      this.#shift = { length, factor: powerOfX(this.#parameters, 8n * BigInt(length)) };
    }
    this.#crc = multiply(this.#parameters, this.#shift.factor, this.#crc) ^ BigInt(`0x${crc}`);
  }

  /** In lower-case hexadecimal; of nothing, zeros. */
  digest(): string {
    return this.#crc.toString(16).padStart(this.#parameters.width / 4, '0');
  }
}

/** By Horner's rule: what is left of `b` is multiplied by x for each coefficient of `a`. */
function multiply({ width, polynomial }: CrcParameters, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let coefficient = 1n << BigInt(width - 1); coefficient > 0n; coefficient >>= 1n) {
    if ((a & coefficient) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ polynomial;
  }
  return product;
}

/** By squaring, for each bit of the exponent. */
function powerOfX(parameters: CrcParameters, exponent: bigint): bigint {
  const one = 1n << BigInt(parameters.width - 1);
  let power = one;
  let square = one >> 1n; // x
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) power = multiply(parameters, power, square);
    square = multiply(parameters, square, square);
  }
  return power;
}
