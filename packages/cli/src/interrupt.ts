/** What SIGINT and SIGTERM mean for a command. */
export interface Interrupt extends Disposable {
  /** First signal: finish what is in flight. */
  readonly stop: AbortSignal;
  /** Second signal: end at once. */
  readonly abort: AbortSignal;
}

export function listenForInterrupt(onFirst: () => void): Interrupt {
  const stop = new AbortController();
  const abort = new AbortController();
  const listener = () => {
    if (stop.signal.aborted) abort.abort();
    else {
      stop.abort();
      onFirst();
    }
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return {
    stop: stop.signal,
    abort: abort.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    },
  };
}
