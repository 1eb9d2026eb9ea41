export type { FaultHandle } from '../fault-schedule.js';
export type { S3Credentials, S3UserOptions } from './account.js';
export type {
  ConditionalWrite,
  Fault,
  FaultControl,
  FaultEffect,
  FaultMatch,
} from './faults.js';
export type { LifecycleAction } from './lifecycle-run.js';
export { main as runS3Server, type RunEnvironment } from './main.js';
export type { LoggedRequest, RequestLog } from './request-log.js';
export type { OperationName } from './router.js';
export {
  type OpenUpload,
  type S3Server,
  type S3ServerOptions,
  type S3User,
  startS3Server,
} from './server.js';
