import { isStorageError } from '@org/storage-core';
import { forgetMember } from '@org/storage-hybrid';
import { writeJson } from './display.js';
import { EXIT, type ExitCode } from './exit-code.js';
import type { OpenFleet } from './fleet-place.js';
import { formatSeconds, printable } from './format.js';
import { listenForInterrupt } from './interrupt.js';

export interface ForgetOptions {
  /** A process's id. */
  readonly forget: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Removes a process from the registry as soon as it may be. */
export async function forgetOne(
  { registry }: OpenFleet,
  { forget: id, force, json }: ForgetOptions,
): Promise<ExitCode> {
  using interrupt = listenForInterrupt(() => {});
  const { stop: signal } = interrupt;
  let told = false;
  const onWait = (left: number) => {
    if (!told)
      process.stderr.write(`waiting ${formatSeconds(left / 1000)} for its last requests\n`);
    told = true;
  };
  try {
    await forgetMember({ registry, id, force, signal, onWait });
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    if (!isStorageError(error, 'Conflict')) throw error;
    process.stderr.write(`storage: ${error.message}\n`);
    return EXIT.refused;
  }
  if (json) writeJson({ type: 'forgotten', id });
  else process.stdout.write(`forgotten: ${printable(id)}\n`);
  return EXIT.done;
}
