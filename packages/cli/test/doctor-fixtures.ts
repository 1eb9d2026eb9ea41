import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3Server, type S3ServerOptions, startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import { CHECKS } from '../src/doctor/checks.js';
import { examine } from '../src/doctor/examine.js';
import { examined } from '../src/doctor/from-arguments.js';
import { doctorLines } from '../src/doctor/lines.js';
import type { Patient } from '../src/doctor/patient.js';
import { type DoctorReport, reportOf } from '../src/doctor/report.js';
import { temporaryDirectory, writeFiles } from './fixtures.js';

export const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

/** Checks in process, and what comes of them. */
export async function diagnosed(patient: Partial<Patient>): Promise<DoctorReport> {
  const { signal } = new AbortController();
  const whole = { mode: 'hybrid', role: 'application', limit: 10_000, s3: {}, ...patient } as const;
  onTestFinished(() => whole.bucket?.inspection[Symbol.asyncDispose]());
  return reportOf(await examine(CHECKS, whole, signal));
}

/** The lines of a check, without its name. */
export function linesOf(report: DoctorReport, ...ids: readonly string[]): string[] {
  const checks = report.checks.filter(({ id }) => ids.includes(id));
  const lines = doctorLines({ ...report, checks }).slice(0, -1);
  return lines.map((line) => line.replace(/^(\S+ +)\S+ +/, '$1').replace(/^ +/, ''));
}

/** A server with a bucket, and what is to be said of it. */
export async function hospital(options: S3ServerOptions = {}) {
  const server = await startS3Server({ buckets: ['bucket'], ...options });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  const at = { bucket: 'bucket', prefix: 'files', endpoint, region, credentials };
  return { server, at, bucket: () => examined(at) };
}

/** A directory with a file. */
export async function ward(): Promise<string> {
  const path = join(await temporaryDirectory(), 'files');
  await mkdir(path);
  await writeFiles(path, { a: 'one' });
  return path;
}

export async function deny(server: S3Server, ...statements: readonly object[]): Promise<void> {
  const { endpoint, region, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Resource = ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/*'];
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((each) => ({ Effect: 'Deny', Principal: '*', Resource, ...each })),
  });
  await client.send(new PutBucketPolicyCommand({ Bucket: 'bucket', Policy }));
  client.destroy();
}
