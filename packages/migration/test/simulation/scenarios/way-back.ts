import type { Scenario } from '@org/storage-testkit/simulator';
import { onTheWayBack } from '../roles.js';
import { copying } from './copying.js';
import { fleet } from './fleet.js';
import { outage } from './outage.js';
import { overlay } from './overlay.js';
import { reversal } from './reversal.js';
import { swarm } from './swarm.js';

/** All of them once more with the roles exchanged: from a bucket back to a directory. */
export const wayBack: Readonly<Record<string, Scenario>> = Object.fromEntries(
  Object.entries({ ...overlay, ...fleet, ...copying, ...outage, ...reversal, ...swarm }).map(
    ([name, scenario]) => [`on the way back: ${name}`, onTheWayBack(scenario)],
  ),
);
