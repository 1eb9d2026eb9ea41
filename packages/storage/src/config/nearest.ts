import { distance } from 'fastest-levenshtein';

/** The one of the names that was probably meant. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(text.length * 0.45));
  const [best] = names
    .map((name) => ({ name, away: distance(text.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= most && away < text.length)
    .sort((a, b) => a.away - b.away);
  return best?.name;
}
