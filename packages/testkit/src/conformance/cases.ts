import { bodyCases } from './bodies.js';
import { cancelCases } from './cancel.js';
import { closeCases } from './close.js';
import { conditionCases } from './conditions.js';
import { copyCases } from './copy.js';
import { copyConditionCases } from './copy-conditions.js';
import { deleteCases } from './delete.js';
import { downloadCases } from './download.js';
import { downloadUrlCases } from './download-urls.js';
import { errorCases } from './errors.js';
import type { ConformanceCase } from './harness.js';
import { keyCases } from './keys.js';
import { leakCases } from './leaks.js';
import { listCases } from './list.js';
import { memberCases } from './members.js';
import { metadataCases } from './metadata.js';
import { multipartCases } from './multipart.js';
import { multipartTicketCases } from './multipart-tickets.js';
import { optionCases } from './options.js';
import { processRaceCases } from './process-races.js';
import { raceCases } from './races.js';
import { replacementCases } from './replacement.js';
import { resumeCases } from './resume.js';
import { sourceConditionCases } from './source-conditions.js';
import { tagCases } from './tags.js';
import { uploadCases } from './upload.js';
import { uploadTicketCases } from './upload-tickets.js';
import { versionCases } from './versions.js';

export type CaseGroup = keyof typeof conformanceCases;

/** The contract, case by case. The names are unique. */
export const conformanceCases = {
  keys: keyCases,
  bodies: bodyCases,
  upload: uploadCases,
  metadata: metadataCases,
  tags: tagCases,
  versions: versionCases,
  conditions: conditionCases,
  'conditions of copies': copyConditionCases,
  'source conditions': sourceConditionCases,
  races: raceCases,
  'races of processes': processRaceCases,
  download: downloadCases,
  replacement: replacementCases,
  list: listCases,
  delete: deleteCases,
  'copy and move': copyCases,
  multipart: multipartCases,
  resuming: resumeCases,
  'download URLs': downloadUrlCases,
  'upload tickets': uploadTicketCases,
  'multipart tickets': multipartTicketCases,
  members: memberCases,
  options: optionCases,
  cancelling: cancelCases,
  errors: errorCases,
  close: closeCases,
  leaks: leakCases,
} as const satisfies Readonly<Record<string, readonly ConformanceCase[]>>;
