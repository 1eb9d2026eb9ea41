export {
  contentDisposition,
  type DispositionType,
} from './answer/content-disposition.js';
export { errorResponse } from './answer/error-response.js';
export { download } from './download/download.js';
export { type DownloadHandlerOptions, downloadHandler } from './download/handler.js';
export type { DownloadAnswerOptions, RedirectOptions } from './download/options.js';
export { keyBelow } from './download/path-key.js';
export { fetchHandler, fetchRequest, fetchResponse } from './fetch.js';
export type { HttpHandler, HttpHeaders, HttpRequest, HttpResponse } from './message.js';
export { type NodeListenerOptions, nodeListener, nodeRequest, sendResponse } from './node.js';
export { type RedirectHandlerOptions, redirectHandler } from './redirect/handler.js';
export { signedUrlHandler } from './signed-url/handler.js';
export type { SignedUrlHandlerOptions } from './signed-url/options.js';
export { cutSlowClient, type SlowestClient } from './slow-clients.js';
export { ticketHandler } from './tickets/ticket-handler.js';
export type {
  CompletedUpload,
  ProposedFile,
  TicketHandlerOptions,
} from './tickets/ticket-options.js';
export { allowedTypes } from './upload/allowed-types.js';
export { type ContentKind, contentKind, SAMPLE } from './upload/content-kind.js';
export { receiveUploads } from './upload/receive-uploads.js';
export { extensionOf, safeFilename } from './upload/safe-filename.js';
export { uploadHandler } from './upload/upload-handler.js';
export type { UploadLimits } from './upload/upload-limits.js';
export type {
  FileDescription,
  IncomingFile,
  ReceivedBytes,
  ReceivedUploads,
  ReceiveUploadsOptions,
  RejectedUpload,
  RejectionReason,
  StoredUpload,
} from './upload/upload-options.js';
export {
  type UploadProgress,
  type UploadProgressOptions,
  type UploadState,
  uploadProgress,
} from './upload/upload-progress.js';
