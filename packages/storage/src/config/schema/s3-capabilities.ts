import { z } from 'zod';

const support = z.enum(['native', 'cooperative', 'emulated', 'absent']).exactOptional();

/** What is known better of a server than its kind tells, such as the result of a probe. */
export const s3Capabilities = z.strictObject({
  conditionalCreate: support,
  conditionalCreateInParts: support,
  conditionalUpdate: support,
  conditionalDelete: support,
  conditionalCopyCreate: support,
  conditionalCopyUpdate: support,
  metadata: support,
  tags: support,
  multipart: support,
  resumableUpload: support,
  versions: support,
  downloadUrls: support,
  uploadTickets: support,
  serverSideCopy: support,
  checksums: z.enum(['full-object', 'composite', 'none']).exactOptional(),
  verifiedChecksums: z.array(z.enum(['crc32', 'crc64nvme', 'sha256'])).exactOptional(),
});
