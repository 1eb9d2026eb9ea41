import { z } from 'zod';
import { duration } from './duration.js';
import { needed } from './secret-choice.js';
import { address, secretFile, text } from './text.js';

const REGISTRIES =
  'sqlite:FILE, s3://BUCKET/PREFIX, postgres://USER@HOST/DATABASE (?table=NAME) or memory:';

const REGISTRY = /^(sqlite:.+|s3:\/\/[^/]+(\/.*)?|postgres(ql)?:\/\/.+|memory:)$/s;

/** Beats that must fit into the time after which a process is taken for gone, as the fleet has it. */
const PATIENCE = 3;

/** Where the processes of an application know each other from, and how patiently. */
export const fleet = z
  .strictObject({
    registry: address(REGISTRY, REGISTRIES).optional().describe(`One of ${REGISTRIES}.`),
    registryFile: secretFile().optional(),
    heartbeat: duration(1).optional(),
    drain: duration(1).optional(),
    margin: duration(1).optional(),
    note: text().optional().describe('For people who look at the fleet, such as a release.'),
    onLostTouch: z.enum(['refuse-writes', 'continue']).optional(),
  })
  .superRefine(({ heartbeat = 10_000, drain = 900_000, margin = drain / 3 }, context) => {
    if (PATIENCE * heartbeat <= drain - margin) return;
    const message = `is too slow: ${PATIENCE} heartbeats (of ${heartbeat} ms) must fit into drain less margin (${drain - margin} ms)`;
    context.addIssue({ code: 'custom', path: ['heartbeat'], message });
  })
  .transform(({ registryFile: _, ...settings }, context) => ({
    ...settings,
    registry: needed(settings.registry, 'registry', context),
  }));
