import type { Support } from '@org/storage-core';
import type { LayersConfiguration, LayersInput } from './layers.js';
import type { ProvisionConfiguration, ProvisionInput, ServerEncryption } from './provision.js';
import type { DurationInput, Optional, SizeInput } from './units.js';

type Checksum = 'crc32' | 'crc64nvme' | 'sha256';

interface S3Settings<Size, Duration>
  extends Optional<{
    /** For messages and metrics. */
    name: string;
    region: string;
    /** All keys are below it. */
    prefix: string;
    /** URL of an S3-compatible server. */
    endpoint: string;
    /** The same server, as browsers reach it. */
    publicEndpoint: string;
    server: 'aws' | 'r2' | 'minio' | 'ceph' | 'generic';
    capabilities: S3Features;
    forcePathStyle: boolean;
    /** A profile of the shared AWS configuration files. */
    profile: string;
    checksum: Checksum;
    partSize: Size;
    /** Parts of one file under way at once. */
    concurrency: number;
    multipartThreshold: Size;
    copyThreshold: Size;
    downloadAttempts: number;
    downloadConcurrency: number;
    downloadPartSize: Size;
    /** Connections at once. */
    maxSockets: number;
    /** How often a request is tried. */
    maxAttempts: number;
    requestTimeout: Duration;
    connectionTimeout: Duration;
    storageClass:
      | 'DEEP_ARCHIVE'
      | 'EXPRESS_ONEZONE'
      | 'FSX_ONTAP'
      | 'FSX_OPENZFS'
      | 'GLACIER'
      | 'GLACIER_IR'
      | 'INTELLIGENT_TIERING'
      | 'ONEZONE_IA'
      | 'OUTPOSTS'
      | 'REDUCED_REDUNDANCY'
      | 'SNOW'
      | 'STANDARD'
      | 'STANDARD_IA';
    acl:
      | 'authenticated-read'
      | 'aws-exec-read'
      | 'bucket-owner-full-control'
      | 'bucket-owner-read'
      | 'private'
      | 'public-read'
      | 'public-read-write';
  }> {
  readonly provider: 's3';
  readonly bucket: string;
}

export interface S3Input extends S3Settings<SizeInput, DurationInput> {
  /** Default: the SDK’s chain. */
  readonly credentials?: CredentialsInput | undefined;
  readonly encryption?: 'sse-s3' | ServerEncryption | CustomerKeyInput | undefined;
  /** The desired state of the bucket. */
  readonly provision?: ProvisionInput | undefined;
  readonly layers?: LayersInput | undefined;
}

/** Sizes are bytes, durations milliseconds. */
export interface S3Configuration extends S3Settings<number, number> {
  readonly credentials?: Credentials | undefined;
  readonly encryption?: ServerEncryption | CustomerKey | undefined;
  readonly provision?: ProvisionConfiguration | undefined;
  readonly layers?: LayersConfiguration | undefined;
}

interface CredentialsInput
  extends Optional<{
    secretAccessKey: string;
    /** Path of a file with the secret. */
    secretAccessKeyFile: string;
    sessionToken: string;
    /** Path of a file with the token. */
    sessionTokenFile: string;
  }> {
  readonly accessKeyId: string;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** 32 bytes in base64. */
interface CustomerKeyInput extends Optional<{ key: string; keyFile: string }> {
  readonly type: 'sse-c';
}

interface CustomerKey {
  readonly type: 'sse-c';
  /** 32 bytes in base64. */
  readonly key: string;
}

type Feature =
  | 'conditionalCreate'
  | 'conditionalCreateInParts'
  | 'conditionalUpdate'
  | 'conditionalDelete'
  | 'conditionalCopyCreate'
  | 'conditionalCopyUpdate'
  | 'metadata'
  | 'tags'
  | 'multipart'
  | 'resumableUpload'
  | 'versions'
  | 'downloadUrls'
  | 'uploadTickets'
  | 'serverSideCopy';

/** What is known better of a server than its kind tells, such as the result of a probe. */
interface S3Features extends Readonly<Partial<Record<Feature, Support>>> {
  readonly checksums?: 'full-object' | 'composite' | 'none';
  readonly verifiedChecksums?: readonly Checksum[];
}
