import { bodyMutants } from './bodies.js';
import { cancellingMutants } from './cancelling.js';
import { copyMutants, deleteMutants } from './changes.js';
import { conditionMutants } from './conditions.js';
import { doorMutants } from './doors.js';
import { downloadMutants } from './downloads.js';
import { listingMutants } from './listings.js';
import { metadataMutants } from './metadata.js';
import type { Mutant } from './mutant.js';
import { uploadMutants } from './uploads.js';

export const MUTANTS: readonly Mutant[] = [
  ...doorMutants,
  ...bodyMutants,
  ...uploadMutants,
  ...cancellingMutants,
  ...metadataMutants,
  ...conditionMutants,
  ...downloadMutants,
  ...listingMutants,
  ...deleteMutants,
  ...copyMutants,
];
