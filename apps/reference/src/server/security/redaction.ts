/** An address as it may stand in a log: the tokens of links are left out, and so is whatever is asked for. */
export function loggedUrl(url: string): string {
  const [path = ''] = url.split('?');
  return path
    .replace(/^(\/api)?\/s\/[^/]+/, '$1/s/[token]')
    .replace(/^\/api\/tus\/[^/]+/, '/api/tus/[upload]');
}
