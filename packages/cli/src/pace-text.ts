import type { Control, PaceState } from '@org/storage-migration';
import { counted, formatBytes } from './format.js';

export const PAUSED = 'paused; storage resume goes on';

/** What a run goes by, in a few words; empty for nothing in particular. */
export function paceText({ waiting, until, ...limits }: PaceState): string {
  if (waiting === 'paused') return PAUSED;
  if (waiting === 'window') {
    const opens = until === undefined ? '' : ` until ${until.toISOString()}`;
    return `waiting for a window${opens}`;
  }
  return limitText(limits);
}

/** Empty if there are none. */
export function limitText({
  concurrency,
  bandwidth,
  rate,
}: Pick<Control, 'concurrency' | 'bandwidth' | 'rate'>): string {
  const limits = [
    concurrency === undefined
      ? []
      : concurrency === 'auto'
        ? 'as many files at once as the server bears'
        : `${counted(concurrency, 'file')} at once`,
    bandwidth === undefined ? [] : `${formatBytes(bandwidth)}/s`,
    rate === undefined ? [] : `${rate} files/s begun`,
  ].flat();
  return limits.length === 0 ? '' : `limited to ${limits.join(', ')}`;
}
