import type { Processes } from '../../src/index.js';

/** The processes of one host, for members that live in this one: pids are given by `begin`. */
export class Host {
  readonly #ended = new Set<string>();
  #last = 0;

  /** A new process, as its member sees the host. */
  begin(): Processes & { readonly kill: () => void } {
    const own = `host/${++this.#last}`;
    return {
      own,
      state: (_, process) => {
        if (!process?.startsWith('host/')) return 'unknown';
        return this.#ended.has(process) ? 'ended' : 'running';
      },
      kill: () => void this.#ended.add(own),
    };
  }
}
