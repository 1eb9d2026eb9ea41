import { Readable } from 'node:stream';
import type { UploadState } from './upload-progress.js';

/** Milliseconds after which a line is sent that says nothing: proxies cut what is silent, and a client that has gone shows. */
const HEARTBEAT = 15_000;

/**
 * States as server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html, for as long as there is one that has not
 * ended. No more than one waits for the reader.
 * @param watch has itself called back at each change, and gives what ends that.
 */
export function progressEvents(
  state: () => UploadState | undefined,
  watch: (tell: () => void) => () => void,
): Readable {
  let wanted = false;
  let told: UploadState | undefined;
  const tell = () => {
    const now = state();
    if (!wanted || now === told) return;
    told = now;
    wanted = false;
    if (now === undefined) return void events.push(null); // it was forgotten
    const name = now.state === 'receiving' ? 'progress' : now.state;
    events.push(`event: ${name}\ndata: ${JSON.stringify(now)}\n\n`);
    if (now.state !== 'receiving') events.push(null);
  };
  const stop = watch(tell);
  const beat = setInterval(() => {
    if (wanted) events.push(':\n\n');
  }, HEARTBEAT).unref();
  const events = new Readable({
    highWaterMark: 1,
    read() {
      wanted = true;
      tell();
    },
    destroy(error, done) {
      clearInterval(beat);
      stop();
      done(error);
    },
  });
  return events;
}
