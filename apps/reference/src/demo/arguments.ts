import { parseArgs } from 'node:util';

/** What is to be shown. */
export interface Arguments {
  /** A directory of the user's own, which is only read; else the application. */
  readonly directory: string | undefined;
  /** At once, instead of from the dashboard. */
  readonly migrate: boolean;
  /** Ends by itself. */
  readonly once: boolean;
  readonly port: number;
  readonly files: number;
  readonly help: boolean;
}

export const USAGE = `npm start                  the application, its users, and the dashboard to migrate it from
npm start -- --migrate     migrates it at once
npm start -- --once        migrates it at once, and ends: 0 if nobody has noticed anything
npm start -- DIRECTORY     copies a directory of yours to an S3 server, and verifies it; it is only read

  --port NUMBER            of the application; else PORT of the environment, else a free one
  --files NUMBER           in its library; else 600

Without a terminal it is --once.
`;

/**
 * @param terminal Whether somebody watches.
 * @param port Of the application, unless the arguments name another: the environment's `PORT`.
 * @throws TypeError for what is not understood.
 */
export function readArguments(
  given: readonly string[],
  terminal: boolean,
  port: string | undefined = undefined,
): Arguments {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      migrate: { type: 'boolean', default: false },
      once: { type: 'boolean', default: !terminal },
      port: { type: 'string', default: port || '0' },
      files: { type: 'string', default: '600' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new TypeError('one directory at a time');
  const { once, help } = values;
  return {
    ...{ directory: positionals[0], migrate: values.migrate || once, once, help },
    port: whole('--port (or PORT)', values.port, 65_535),
    files: whole('--files', values.files, 100_000),
  };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new TypeError(`${name} takes a whole number up to ${most}`);
}
