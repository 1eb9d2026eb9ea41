import { bodyMutants } from './bodies.js';
import { cancellingMutants } from './cancelling.js';
import { copyMutants, deleteMutants } from './changes.js';
import { conditionMutants } from './conditions.js';
import { doorMutants } from './doors.js';
import { downloadMutants } from './downloads.js';
import { listingMutants } from './listings.js';
import { metadataMutants } from './metadata.js';
import type { Mutant } from './mutant.js';
import { optionalDoorMutants } from './optional-doors.js';
import { partMutants } from './parts.js';
import { pinnedMutants } from './pinned.js';
import { processMutants } from './processes.js';
import { signingMutants } from './signing.js';
import { tagMutants } from './tags.js';
import { uploadMutants } from './uploads.js';
import { versionMutants } from './versions.js';

export const MUTANTS: readonly Mutant[] = [
  ...doorMutants,
  ...bodyMutants,
  ...uploadMutants,
  ...cancellingMutants,
  ...metadataMutants,
  ...conditionMutants,
  ...processMutants,
  ...downloadMutants,
  ...listingMutants,
  ...deleteMutants,
  ...copyMutants,
  ...pinnedMutants,
  ...tagMutants,
  ...versionMutants,
  ...partMutants,
  ...signingMutants,
  ...optionalDoorMutants,
];
