import { bodyCases } from './bodies.js';
import { cancelCases } from './cancel.js';
import { closeCases } from './close.js';
import { conditionCases } from './conditions.js';
import { copyCases } from './copy.js';
import { deleteCases } from './delete.js';
import { downloadCases } from './download.js';
import { errorCases } from './errors.js';
import type { ConformanceCase } from './harness.js';
import { keyCases } from './keys.js';
import { listCases } from './list.js';
import { metadataCases } from './metadata.js';
import { multipartCases } from './multipart.js';
import { optionCases } from './options.js';
import { replacementCases } from './replacement.js';
import { uploadCases } from './upload.js';

export type CaseGroup = keyof typeof conformanceCases;

/** The contract, case by case. The names are unique. */
export const conformanceCases = {
  keys: keyCases,
  bodies: bodyCases,
  upload: uploadCases,
  metadata: metadataCases,
  conditions: conditionCases,
  download: downloadCases,
  replacement: replacementCases,
  list: listCases,
  delete: deleteCases,
  'copy and move': copyCases,
  multipart: multipartCases,
  options: optionCases,
  cancelling: cancelCases,
  errors: errorCases,
  close: closeCases,
} as const satisfies Readonly<Record<string, readonly ConformanceCase[]>>;
