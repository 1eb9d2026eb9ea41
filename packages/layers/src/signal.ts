/** Calls `listener` once when the signal fires, or now if it has; returns what takes the listener off. */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (signal: AbortSignal) => void,
): () => void {
  if (!isSignal(signal)) return () => {};
  const fire = () => listener(signal);
  if (signal.aborted) {
    fire();
    return () => {};
  }
  signal.addEventListener('abort', fire, { once: true });
  return () => signal.removeEventListener('abort', fire);
}

/** What a caller without types gives in place of a signal is for the provider to refuse. */
export function isSignal(signal: unknown): signal is AbortSignal {
  return typeof signal === 'object' && signal !== null && 'addEventListener' in signal;
}
