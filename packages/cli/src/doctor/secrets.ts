import { readFile, stat } from 'node:fs/promises';
import type { LoadedConfiguration } from '@org/storage';
import { type Finding, warning } from './check.js';

/** A setting that takes a secret, with something else behind it than a variable. The rest of the line is never told. */
const LITERAL =
  /^[^#]*\b(secretAccessKey|sessionToken|secret|key)["']?\s*:\s*(?!["']?\$\{)["']?[^\s"'{[]{8,}/;

const ADDRESS = /^[^#]*\bpostgres(ql)?:\/\/[^\s:@/]+:(?!\$\{)[^\s@/]+@/;

const CONFIGURATION = /\.(ya?ml|json|[cm]?[jt]s)$/;

/** Secrets that stand in the configuration, and files with secrets that everybody on the machine may read. */
export async function secretFindings({
  files,
}: Pick<LoadedConfiguration, 'files'>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const file of files) {
    const isConfiguration = CONFIGURATION.test(file);
    const lines = isConfiguration ? await linesWithSecrets(file) : [];
    if (lines.length > 0) {
      findings.push(
        warning(
          `${file}:${lines.join(',')} has a secret in it`,
          'name a variable in its place, or a file (secretAccessKeyFile)',
        ),
      );
    }
    if ((!isConfiguration || lines.length > 0) && (await isOpen(file))) {
      findings.push(
        warning(
          `${file} holds a secret, and everybody on this machine may read it`,
          `chmod 640 ${file}`,
        ),
      );
    }
  }
  return findings;
}

/** From 1. */
async function linesWithSecrets(file: string): Promise<number[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line, at) => (LITERAL.test(line) || ADDRESS.test(line) ? [at + 1] : []));
}

/** For others than the owner and the group. */
async function isOpen(file: string): Promise<boolean> {
  return process.platform !== 'win32' && ((await stat(file)).mode & 0o004) !== 0;
}
