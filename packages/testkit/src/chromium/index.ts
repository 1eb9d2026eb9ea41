import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type DebianRootOptions, debianRoot } from '../debian/index.js';

export interface ChromiumOptions extends Pick<DebianRootOptions, 'cacheDirectory' | 'signal'> {
  /** Whether one that is installed is taken. Default `true`. */
  readonly installed?: boolean | undefined;
}

/** How to start a Chromium, as drivers of browsers take it. */
export interface Chromium {
  readonly executablePath: string;
  /** For tests in a container, as root: without a sandbox, a GPU and much shared memory. */
  readonly args: readonly string[];
  /** The environment to start it with. */
  readonly env: Readonly<Record<string, string>>;
}

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The system's own has these: a libc of another version than the dynamic linker's would not start. */
const OF_THE_SYSTEM = /^(libc6|libc-bin|libgcc-s1|libstdc\+\+6)$/;

/**
 * The Chromium of this system, or the one that STORAGE_CHROMIUM names; where there is none, that of Debian's packages in the version of this
 * system, 120 MB that are downloaded once.
 * @throws DebianUnavailableError where there is none and none can be had; DebianFetchError when the download fails.
 */
export async function chromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const { installed = true, ...fetching } = options;
  const env = given(process.env);
  const program = process.env['STORAGE_CHROMIUM'] || (installed && (await installedProgram()));
  if (program) return { executablePath: program, args: ARGS, env };
  const { directory, libraryPath } = await debianRoot({
    ...fetching,
    packages: ['chromium', 'fonts-dejavu-core'],
    suite: await suiteOfSystem(),
    unpacked: (name) => !OF_THE_SYSTEM.test(name),
  });
  return {
    executablePath: join(directory, 'usr', 'lib', 'chromium', 'chromium'),
    args: ARGS,
    env: {
      ...env,
      LD_LIBRARY_PATH: libraryPath,
      FONTCONFIG_SYSROOT: directory,
    },
  };
}

async function installedProgram(): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const program of PROGRAMS) {
      const path = join(directory, program);
      const found = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return path;
    }
  }
  return undefined;
}

/** A program that runs on the system's own libc has to be of a release that is not newer. */
async function suiteOfSystem(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const isDebian = /^ID=debian$/m.test(release);
  return isDebian ? /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] : undefined;
}

function given(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
}
