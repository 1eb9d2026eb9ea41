import { localCases } from './local.mjs';
import { s3Cases } from './s3.mjs';

/**
 * A case: what is measured (`about`), how many `operations` one round has and how many bytes each moves, its `contestants`
 * and which of them the ratios refer to. A contestant gets `{ connection, directory }`, prepares itself, and gives back the
 * work of one round.
 */
export const cases = { ...s3Cases, ...localCases };
