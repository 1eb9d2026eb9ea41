import type { Page } from '../pages.ts';

/** What becomes of a block: tried out, only compiled, or only shown. */
type Trial = 'run' | 'no-run' | 'no-check';

/** A fenced block of a page. */
export interface Block {
  /** The first word after the fence: `ts`, `sh`, `yaml`, … */
  readonly language: string;
  /** The file that it shows: `[config/storage.yml]` after the language, or a comment in its first line. */
  readonly file: string | undefined;
  readonly trial: Trial;
  /** Why it is not run or not checked. */
  readonly reason: string | undefined;
  /** The exit code of a script; 0 unless `exits N` is said. */
  readonly exits: number;
  /** A script that goes on until it has written this (`until "…"`), and is then stopped by Ctrl-C. */
  readonly until: string | undefined;
  /** A script that goes on beside those behind it, from when it has written this (`stays "…"`) to the end of the page. */
  readonly stays: string | undefined;
  /** Whether it goes on from the block before, whose names it knows. */
  readonly continued: boolean;
  readonly code: string;
  /** Of the page: where the code begins, from 1. */
  readonly line: number;
}

class MalformedBlockError extends Error {
  override readonly name = 'MalformedBlockError';
}

const FENCE = /^( *)(`{3,})(.*)$/;

/** The fenced blocks of a page, in their order. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  let open: { indent: number; fence: string; info: string; line: number } | undefined;
  let code: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { indent: indent.length, fence, info, line: index + 2 };
    } else if (fence === open.fence && info.trim() === '') {
      blocks.push(described(open.info, code.join('\n'), `${path}:${open.line}`, open.line));
      open = undefined;
      code = [];
    } else {
      code.push(line.slice(0, open.indent).trim() === '' ? line.slice(open.indent) : line);
    }
  }
  if (open !== undefined)
    throw new MalformedBlockError(`${path}:${open.line}: the block does not end`);
  return blocks;
}

function described(info: string, code: string, place: string, line: number): Block {
  const [language = '', ...words] = info.match(/\[[^\]]*\]|\{[^}]*\}|"[^"]*"|\S+/g) ?? [];
  const block = {
    language,
    file: fileIn(code),
    trial: 'run' as Trial,
    reason: undefined as string | undefined,
    exits: 0,
    until: undefined as string | undefined,
    stays: undefined as string | undefined,
    continued: false,
    code,
    line,
  };
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === 'continued') block.continued = true;
    else if (word === 'no-run' || word === 'no-check') {
      block.trial = word;
      block.reason = quoted(words.shift(), word, place);
    } else if (word === 'until' || word === 'stays')
      block[word] = quoted(words.shift(), word, place);
    else if (word === 'exits') block.exits = Number(words.shift());
    else if (/^\[.*\]$/.test(word)) block.file = word.slice(1, -1);
    else if (!/^\{.*\}$/.test(word))
      throw new MalformedBlockError(`${place}: ${word} is no word that a block can have`);
  }
  if (!Number.isInteger(block.exits))
    throw new MalformedBlockError(`${place}: exits is followed by an exit code`);
  return block;
}

function quoted(word: string | undefined, after: string, place: string): string {
  const text = /^"(.*\S.*)"$/.exec(word ?? '')?.[1];
  if (text === undefined)
    throw new MalformedBlockError(`${place}: ${after} is followed by a text in double quotes`);
  return text;
}

/** `# config/storage.yml` or `// stores.js`, alone in the first line. */
function fileIn(code: string): string | undefined {
  return /^(?:#|\/\/) ([\w@./-]+\.\w+)$/.exec(code.split('\n', 1)[0] ?? '')?.[1];
}
