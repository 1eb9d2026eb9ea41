/** Bytes, or text such as `64KiB`, `8MiB` or `5MB`. */
export type SizeInput = string | number;

/** Milliseconds, or text such as `250ms`, `30s`, `5m`, `1h` or `2d`. */
export type DurationInput = string | number;

/** Given or not: settings that are `undefined` are not set. */
export type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
