/** How the command ends. */
export const EXIT = {
  /** Everything is done. */
  done: 0,
  /** Some files are unresolved; or it could not begin or go on, such as with a store that is away. */
  unresolved: 1,
  /** The command line or what it names is wrong: nothing was begun. */
  usage: 2,
  /** The migration would not be safe. */
  refused: 3,
  /** By SIGINT or SIGTERM; the same command goes on where it stopped. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Takes the exit code of a command that has ended. */
export type Finish = (code: ExitCode) => void;
