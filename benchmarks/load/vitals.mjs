import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * What a process of the application uses, seen from outside: `/proc` of Linux for memory and descriptors, its metrics for the heap and
 * the delay of the event loop since the last look. Elsewhere than on Linux the former are missing.
 */
export async function vitalsOf({ pid, origin }, metricsToken, storePort) {
  const [{ others: _, ...open }, metrics] = await Promise.all([
    openOf(pid, origin, storePort),
    metricsOf(origin, metricsToken),
  ]);
  return { ...open, ...metrics };
}

/**
 * @returns `rss` in bytes; `clients`, `store`: sockets to clients and to the S3 server; `descriptors`: all others, and
 * `others`: what these are, such as paths.
 */
export async function openOf(pid, origin, storePort) {
  if (process.platform !== 'linux') return {};
  const [status, links, tcp] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    linksOf(pid),
    readFile('/proc/net/tcp', 'utf8'),
  ]);
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  const ports = portsOf(tcp);
  const counts = { clients: 0, store: 0 };
  const others = [];
  for (const link of links) {
    const { local, remote } = ports.get(/^socket:\[(\d+)\]$/.exec(link)?.[1]) ?? {};
    if (remote === storePort) counts.store++;
    else if (remote !== undefined && remote !== 0 && local === Number(new URL(origin).port))
      counts.clients++;
    else others.push(link.replace(/\[\d+\]$/, ''));
  }
  return { rss: kib * 1024, ...counts, descriptors: others.length, others };
}

async function linksOf(pid) {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = names.map(
    (name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => undefined), // closed meanwhile
  );
  return (await Promise.all(links)).filter((link) => link !== undefined);
}

/** Ports by the sockets' inodes. https://docs.kernel.org/networking/proc_net_tcp.html */
function portsOf(table) {
  const lines = table.trim().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
      const port = (address) => Number.parseInt(address.split(':')[1], 16);
      return [inode, { local: port(local), remote: port(remote) }];
    }),
  );
}

async function metricsOf(origin, token) {
  const headers = { authorization: `Bearer ${token}`, connection: 'close' };
  const answer = await fetch(`${origin}/metrics`, { headers });
  const text = await answer.text();
  const metric = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    heap: metric('nodejs_heap_size_used_bytes'),
    delayP99: metric('nodejs_eventloop_lag_p99_seconds') * 1000,
    delayMax: metric('nodejs_eventloop_lag_max_seconds') * 1000,
  };
}
