import { statusOfCode } from './error.js';
import type { ConditionalWrite, Fault, FaultEffect } from './faults.js';
import { isOperationName, type OperationName } from './router.js';

/** How a fault is written on the command line; shown by `--help`. */
export const FAULT_SYNTAX = `  slow-down                     503 SlowDown
  error:code=CODE               the error of that code
  delay:ms=200                  an answer that comes late
  reset                         connection cut before anything happens
  lost-answer                   connection cut after the effect
  reset-request:after=3MiB      connection cut in the request's body
  reset-response:after=3MiB     connection cut in the answer's body (short: reset:after=3MiB)
  corrupt:offset=100            a wrong byte in the answer's body
  truncate:length=1KiB          an answer's body that is too short
  ignore-preconditions          If-Match and If-None-Match ignored (on=put+complete+delete+copy)
  drop-checksums                no checksums in answers
  ignore-checksums              checksums in the headers of uploads not looked at
  disk-full:after=1MiB          writing fails
with, after ':' and separated by ',':
  operation=PutObject method=PUT bucket=NAME key=KEY  which requests
  rate=0.1 seed=7 from=3 times=2                      how often`;

const WRITES: readonly ConditionalWrite[] = ['put', 'complete', 'delete', 'copy'];

/** Reads `<name>[:<key>=<value>[,…]]`, for instance `slow-down:rate=0.1,operation=PutObject`. */
export function parseFault(spec: string): Fault {
  const colon = spec.indexOf(':');
  const name = colon < 0 ? spec : spec.slice(0, colon);
  const settings = new Settings(spec, colon < 0 ? '' : spec.slice(colon + 1));
  const fault = { ...effect(name, settings), ...match(settings) };
  settings.refuseUnused();
  return fault;
}

function effect(name: string, settings: Settings): FaultEffect {
  switch (name) {
    case 'slow-down':
      return { type: 'error', code: 'SlowDown' };
    case 'error': {
      const code = settings.text('code') ?? settings.missing('code');
      const status = settings.number('status') ?? statusOfCode(code) ?? 500;
      return { type: 'error', code, status };
    }
    case 'delay':
      return { type: 'delay', milliseconds: settings.number('ms') ?? settings.missing('ms') };
    case 'reset': {
      const after = settings.bytes('after');
      return after === undefined ? { type: 'reset' } : { type: 'reset-response', after };
    }
    case 'reset-request':
    case 'reset-response':
      return { type: name, after: settings.bytes('after') ?? settings.missing('after') };
    case 'corrupt':
      return { type: name, offset: settings.bytes('offset') ?? 0 };
    case 'truncate':
      return { type: name, length: settings.bytes('length') ?? 0 };
    case 'disk-full':
      return { type: name, after: settings.bytes('after') ?? 0 };
    case 'ignore-preconditions':
      return { type: name, writes: settings.writes('on') };
    case 'lost-answer':
    case 'drop-checksums':
    case 'ignore-checksums':
      return { type: name };
    default:
      throw new SyntaxError(`There is no fault "${name}".`);
  }
}

function match(settings: Settings): Omit<Fault, keyof FaultEffect> {
  return Object.fromEntries(
    Object.entries({
      operation: settings.operation('operation'),
      method: settings.text('method'),
      bucket: settings.text('bucket'),
      key: settings.text('key'),
      probability: settings.number('rate'),
      seed: settings.number('seed'),
      from: settings.number('from'),
      times: settings.number('times'),
    }).filter(([, value]) => value !== undefined),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

class Settings {
  readonly #spec: string;
  readonly #values: Map<string, string>;

  constructor(spec: string, text: string) {
    this.#spec = spec;
    this.#values = new Map(
      text
        .split(',')
        .filter((setting) => setting !== '')
        .map((setting) => {
          const equals = setting.indexOf('=');
          if (equals < 1) throw new SyntaxError(`"${setting}" in the fault "${spec}" lacks a "=".`);
          return [setting.slice(0, equals), setting.slice(equals + 1)];
        }),
    );
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || number < 0) this.#refuse(name, 'a number');
    return number;
  }

  bytes(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, digits, unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(value) ?? [];
    const factor = UNITS[unit];
    if (digits === undefined || factor === undefined) {
      this.#refuse(name, 'a size such as 100, 64KiB, 3MiB');
    }
    return Number(digits) * factor;
  }

  operation(name: string): OperationName | undefined {
    const value = this.text(name);
    if (value === undefined || isOperationName(value)) return value;
    return this.#refuse(name, 'an operation of S3, for instance PutObject');
  }

  writes(name: string): readonly ConditionalWrite[] {
    const value = this.text(name);
    if (value === undefined) return WRITES;
    const asked = value.split('+');
    const writes = WRITES.filter((write) => asked.includes(write));
    if (writes.length !== asked.length) this.#refuse(name, WRITES.join('+'));
    return writes;
  }

  missing(name: string): never {
    throw new SyntaxError(`The fault "${this.#spec}" needs "${name}=".`);
  }

  refuseUnused(): void {
    const [unused] = this.#values.keys();
    if (unused !== undefined) {
      throw new SyntaxError(`The fault "${this.#spec}" has no setting "${unused}".`);
    }
  }

  #refuse(name: string, expected: string): never {
    throw new SyntaxError(`"${name}" in the fault "${this.#spec}" has to be ${expected}.`);
  }
}
