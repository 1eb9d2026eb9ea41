import type { Neighbours } from './mode-switch.js';

/** For a process that knows of no other: it takes the caller's word for what the others do. */
export function alone(handedOver: boolean | (() => boolean)): Neighbours {
  const isHandedOver = typeof handedOver === 'function' ? handedOver : () => handedOver;
  return {
    async enter(stage) {
      if (stage !== 'settled' || isHandedOver()) return undefined;
      return 'there may be processes that write to the source';
    },
    async entered() {},
    writeObstacle: () => undefined,
    async leave() {},
  };
}
