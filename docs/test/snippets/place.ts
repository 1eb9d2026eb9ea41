import { createServer } from 'node:net';

/** Beginnings of paths that pages name and that lie in the page's directory instead. */
const PLACES = /(?<![\w.})-])\/(srv|var|mnt|run|data|opt)\/(?=[\w.-])/g;

/** Ports of this machine that pages name: `localhost:3000`, `.listen(8080)`, `--port 9000`. */
const PORTS = /((?:localhost|127\.0\.0\.1):|\.listen\(|-port[ =])(\d{4,5})\b/g;

/** Puts directories and ports of a page in the place of those that its text names. */
export class Place {
  readonly directory: string;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #named = new Map<string, string>();

  private constructor(directory: string, ports: ReadonlyMap<string, number>) {
    this.directory = directory;
    this.#ports = ports;
  }

  /** @param texts all that the page shows: each of its ports is another one that is free. */
  static async for(directory: string, texts: readonly string[]): Promise<Place> {
    const named = new Set(
      texts.flatMap((text) => [...text.matchAll(PORTS)].map(([, , port]) => port)),
    );
    const ports = new Map<string, number>();
    for (const port of named) if (port !== undefined) ports.set(port, await freePort());
    return new Place(directory, ports);
  }

  /** Puts something in the place of what the page names: a run, a database. */
  replace(named: string, actual: string): void {
    this.#named.set(named, actual);
  }

  /** A text of the page with directories, ports and whatever else are its own. */
  localised(text: string): string {
    let own = text;
    for (const [named, actual] of this.#named) own = own.replaceAll(named, actual);
    return own
      .replaceAll(PLACES, `${this.directory}/$1/`)
      .replaceAll(
        PORTS,
        (_, before: string, port: string) => `${before}${this.#ports.get(port) ?? port}`,
      );
  }

  /** What the page's text has in place of a text with its directories. */
  asInPage(text: string): string {
    return text.replaceAll(this.directory, '');
  }
}

/** The paths below such beginnings that a text names. */
export function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w.})-])\/(?:srv|var|mnt|run|data|opt)\/[\w./-]*[\w-]/g)].map(
    ([path]) => path,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return address.port;
}
