import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { StorageError } from '@org/storage-core';
import type { PlanProblem } from '@org/storage-migration';
import { isWithin } from '../journal-place.js';

/** Characters that are written at once. */
const CHUNK = 65_536;

/** Takes every problem of a plan. */
interface ProblemFile extends Disposable {
  add(problem: PlanProblem): void;
}

/**
 * A new file of problems, one JSON object a line. Written as they come: there may be more of them than fit into memory.
 * @throws StorageError `AlreadyExists` rather than replacing a file; `InvalidArgument` within the directory that is looked at.
 */
export function openProblemFile(name: string, directory: string): ProblemFile {
  const path = resolve(name);
  if (isWithin(path, directory)) {
    throw new StorageError(
      'InvalidArgument',
      `${path} lies in the directory that is looked at; put it somewhere else`,
    );
  }
  const descriptor = guard(path, () => openSync(path, 'wx'));
  let text = '';
  const flush = () => {
    const bytes = Buffer.from(text);
    text = '';
    guard(path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    });
  };
  return {
    add(problem) {
      text += `${JSON.stringify(problem)}\n`;
      if (text.length >= CHUNK) flush();
    },
    [Symbol.dispose]() {
      try {
        flush();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function guard<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code === 'EEXIST') {
      throw new StorageError('AlreadyExists', `${path} exists already; name another file`, {
        cause,
      });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new StorageError(
      full ? 'QuotaExceeded' : 'InvalidArgument',
      `${path} can’t be written: ${why}`,
      {
        cause,
      },
    );
  }
}
