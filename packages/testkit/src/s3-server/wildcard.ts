/** Whether the text is what the pattern says, in which `*` stands for any characters and `?` for one. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  // Going back to the last star alone keeps this linear in each factor, where an expression could be exponential.
  for (let index = 0; index < text.length; ) {
    const expected = pattern[at];
    if (expected === '*') {
      star = at;
      retry = index;
      at += 1;
    } else if (expected === '?' || expected === text[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      retry += 1;
      index = retry;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
