/**
 * A value is named by a text that no other value has, and the length of its content in bytes. The content is that name, over and
 * over: of any stretch of it one can say whether it belongs to this value or to another.
 */
export function nameValue(unique: string, bytes: number): string {
  return `${unique}:${bytes}`;
}

/** What a file with this value holds. */
export function contentOf(value: string): Buffer {
  return Buffer.alloc(Number(value.slice(value.lastIndexOf(':') + 1)), `${value}\n`);
}

/** The value that a file has; what is no content of a value is described instead, which no writer ever wrote. */
export function valueIn(content: Buffer): string {
  const end = content.indexOf('\n');
  const value = content.toString('latin1', 0, end);
  if (end > 0 && contentOf(value).equals(content)) return value;
  return `${content.length} bytes of no value, which begin with ${JSON.stringify(content.toString('latin1', 0, 60))}`;
}

/** The value, if these bytes are those of its content between two offsets. */
export function valueOfRange(value: string, bytes: Buffer, start: number, end: number): string {
  if (contentOf(value).subarray(start, end).equals(bytes)) return value;
  return `${bytes.length} bytes that are not those of ${value} from ${start} to ${end}`;
}
