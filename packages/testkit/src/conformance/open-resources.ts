import { openDescriptors } from './descriptors.js';

/** What a provider may leave open for a while, such as a connection that is about to end. */
const ALLOWED = 2;

export interface OpenResources {
  /** Open descriptors, sockets included; 0 where the system does not tell. */
  readonly descriptors: number;
  /** Sockets and pipes that keep the process alive. */
  readonly sockets: number;
}

export function openResources(): OpenResources {
  const active = process.getActiveResourcesInfo();
  return {
    descriptors: openDescriptors() ?? 0,
    sockets: active.filter((type) => /^(TCP|TLS|Pipe|UDP)/.test(type)).length,
  };
}

/** What is open now and was not then; empty if nothing to speak of. */
export function openedSince(before: OpenResources, allowed = ALLOWED): readonly string[] {
  const now = openResources();
  return (['descriptors', 'sockets'] as const)
    .map((kind) => ({ kind, more: now[kind] - before[kind] }))
    .filter(({ more }) => more > allowed)
    .map(({ kind, more }) => `${more} ${kind}`);
}
