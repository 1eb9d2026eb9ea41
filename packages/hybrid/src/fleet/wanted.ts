import { MODES, type Mode } from '../mode.js';
import { notUnderstood, parseObject } from './record.js';

/** The mode that an operator wants all processes to reach. */
export interface WantedMode {
  readonly mode: Mode;
  /** Counts the times that one was set, from 1 on. */
  readonly number: number;
  /** This and the rest are for people only: the host from which it was set. */
  readonly host: string;
  /** ISO 8601, by the clock of that host. */
  readonly at: string;
}

/** Of the JSON form. A release that changes what it means counts it up, so that older ones refuse it. */
const FORMAT = 1;

/** The JSON form. */
export function encodeWantedMode({ mode, number, host, at }: WantedMode): string {
  return JSON.stringify({ format: FORMAT, mode, number, host, at });
}

/**
 * Reads what {@link encodeWantedMode} wrote.
 * @param place Where it was found: for the error.
 * @throws StorageError `Unsupported` for anything else.
 */
export function parseWantedMode(text: string, place: string): WantedMode {
  const { format, mode, number, host, at } = parseObject(text) ?? {};
  if (typeof format === 'number' && format > FORMAT)
    throw notUnderstood(place, 'it was written by a newer release');
  const known = MODES.find((each) => each === mode);
  if (format !== FORMAT || known === undefined || !Number.isSafeInteger(number))
    throw notUnderstood(place, 'it holds no mode');
  return { mode: known, number: Number(number), host: String(host), at: String(at) };
}
