/**
 * The CRC of a concatenation from the CRCs of its pieces: crc(A‖B) = crc(A)·x^(8·|B|) + crc(B) over GF(2), as in zlib's
 * crc32_combine. Registers are reflected: the highest bit is the coefficient of x^0.
 */
export interface CrcParameters {
  readonly width: 32 | 64;
  /** Reflected polynomial. */
  readonly polynomial: bigint;
}

export const CRC32: CrcParameters = { width: 32, polynomial: 0xedb88320n };
export const CRC32C: CrcParameters = { width: 32, polynomial: 0x82f63b78n };
export const CRC64NVME: CrcParameters = { width: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** The CRC of all pieces one after another, as big-endian bytes; `length` in bytes. */
export function combineCrcs(
  parameters: CrcParameters,
  pieces: Iterable<{ readonly crc: Uint8Array; readonly length: number }>,
): Buffer {
  const shifts = new Map<number, bigint>(); // parts are nearly all of one size
  let combined = 0n;
  for (const { crc, length } of pieces) {
    let shift = shifts.get(length);
    if (shift === undefined) {
      shift = powerOfX(parameters, BigInt(length) * 8n);
      shifts.set(length, shift);
    }
    combined = multiply(parameters, shift, combined) ^ toBigInt(crc);
  }
  return Buffer.from(combined.toString(16).padStart(parameters.width / 4, '0'), 'hex');
}

function multiply({ width, polynomial }: CrcParameters, left: bigint, right: bigint): bigint {
  let product = 0n;
  let factor = right;
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
  }
  return product;
}

function powerOfX(parameters: CrcParameters, exponent: bigint): bigint {
  let power = 1n << BigInt(parameters.width - 1);
  let square = power >> 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(parameters, square, power);
    square = multiply(parameters, square, square);
  }
  return power;
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
