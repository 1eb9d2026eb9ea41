import { z } from 'zod';

/** URL of a server, without credentials: those have their own settings, which are never shown. */
export function httpUrl() {
  return z.string().superRefine((value, context) => {
    const problem = urlProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

function urlProblem(value: string): string | undefined {
  if (!/^https?:\/\/[^/]/.test(value) || !URL.canParse(value))
    return 'is not a URL; it begins with https:// or http://';
  const { username, password, search, hash } = new URL(value);
  if (username !== '' || password !== '') return 'contains credentials; put them under credentials';
  return search === '' && hash === '' ? undefined : 'has more than a host, a port and a path';
}
