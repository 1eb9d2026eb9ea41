const INTERVAL = 5_000;

/** Writes a line on standard error, no more often than every five seconds. */
export function seldom<T>(text: (value: T) => string): (value: T) => void {
  let last = performance.now();
  return (value) => {
    const now = performance.now();
    if (now - last < INTERVAL) return;
    last = now;
    process.stderr.write(`${text(value)}\n`);
  };
}
