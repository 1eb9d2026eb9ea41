import type { Scenario } from '@org/storage-testkit/simulator';
import { copying } from './copying.js';
import { fleet } from './fleet.js';
import { outage } from './outage.js';
import { overlay } from './overlay.js';
import { reversal } from './reversal.js';
import { spool } from './spool.js';
import { swarm } from './swarm.js';
import { wayBack } from './way-back.js';

/** All that is simulated, by what it is about. */
export const families: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  overlay,
  fleet,
  copying,
  outage,
  reversal,
  spool,
  swarm,
  'way back': wayBack,
};
