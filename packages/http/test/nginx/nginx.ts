import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type DebianDaemon, debianRoot, startDebianDaemon } from '@org/storage-testkit/debian';

export interface Nginx extends AsyncDisposable {
  /** The path of the socket that it listens on. */
  readonly socket: string;
}

/** Debian's nginx, with the defaults of its directives, serving a directory. */
export async function startNginx(root: string): Promise<Nginx> {
  const nginx = await debianRoot({ packages: ['nginx'] });
  let socket = '';
  const daemon: DebianDaemon = await startDebianDaemon({
    async prepare(directory) {
      socket = join(directory, 'nginx.sock');
      await mkdir(join(directory, 'temporary'));
      const file = join(directory, 'nginx.conf');
      await writeFile(file, configuration(root, socket));
      return nginx.command('usr/sbin/nginx', ['-p', directory, '-c', file, '-e', 'stderr']);
    },
    isUp: () => listens(socket),
  });
  return { socket, [Symbol.asyncDispose]: () => daemon.stop() };
}

function configuration(root: string, socket: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path temporary/${name};`,
  );
  return `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
${temporary.join('\n')}
  access_log off;
  types { text/plain txt; text/html html; image/svg+xml svg; image/png png; application/pdf pdf; }
  default_type application/octet-stream;
  server {
    listen unix:${socket};
    root ${root};
  }
}
`;
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
    connection.once('connect', () => connection.destroy());
  });
}
