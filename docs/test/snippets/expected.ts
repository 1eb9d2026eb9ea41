/**
 * What a module says that it writes: of each line with a `console.log(…)` and a comment behind it, the comment. `…` stands for anything.
 */
export function expectedOf(code: string): readonly string[] {
  return [...code.matchAll(/^.*\bconsole\.log\(.*\);? \/\/ (.+)$/gm)].map(([, text = '']) => text);
}

/** Whether a text was written: its pieces between `…`, one after the other. */
export function isWritten(expected: string, written: string): boolean {
  let from = 0;
  for (const piece of expected.split('…').map((each) => each.trim())) {
    const at = written.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}
