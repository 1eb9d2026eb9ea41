// npm run new:provider -- NAME [--dir DIR]: a provider package to begin with, which passes the conformance suite as it is.
//   packages/NAME, a package of this repository; or with --dir the new folder DIR outside of it, a package of its own
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ScaffoldRefused, scaffold } from './scaffold.mjs';

const USAGE = 'npm run new:provider -- NAME [--dir DIR]';

function wanted() {
  try {
    const { values, positionals } = parseArgs({
      options: { dir: { type: 'string' } },
      allowPositionals: true,
    });
    const [name, ...others] = positionals;
    if (name !== undefined && others.length === 0) return { name, dir: values.dir };
    throw new ScaffoldRefused(`one name is needed, ${positionals.length} were given`);
  } catch (error) {
    const { message } = error;
    throw new ScaffoldRefused(`${message}\nusage: ${USAGE}`);
  }
}

try {
  const { name, dir } = wanted();
  const from = process.env.INIT_CWD ?? process.cwd(); // npm runs scripts in the root, wherever it was called
  const { directory, next } = await scaffold(name, dir && resolve(from, dir));
  console.log(
    `${directory} is a provider that keeps files in memory. Its README says what to replace.`,
  );
  console.log(`Next:\n${next.map((line) => `  ${line}`).join('\n')}`);
} catch (error) {
  if (!(error instanceof ScaffoldRefused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
