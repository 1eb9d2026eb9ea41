import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStorageProvider } from '@org/storage-local';
import { Client } from './client.js';
import type { Demo } from './demo.js';

interface Consistency {
  readonly state: string;
  readonly missingFiles: readonly unknown[];
  readonly missingRows: readonly unknown[];
  readonly wrongProvider: readonly unknown[];
}

/** What the migration has come to; empty: all is as it has to be. */
export async function problemsOf(demo: Demo): Promise<readonly string[]> {
  const { crowd, root } = demo;
  await crowd.end();
  await crowd.checkAll();
  const { operations, wrong, failed, problems } = crowd.tally;
  return [
    ...(operations === 0 ? ['nobody has done anything'] : []),
    ...(wrong + failed === 0 ? [] : [`${wrong} wrong answers, ${failed} failures`, ...problems]),
    ...(await leftIn(root)),
    ...(await inconsistencies(demo)),
  ];
}

async function leftIn(root: string): Promise<string[]> {
  await using source = new LocalStorageProvider({ root });
  const left: string[] = [];
  for await (const entry of source.list()) if (entry.type === 'file') left.push(entry.key);
  return left.length === 0 ? [] : [`${left.length} files are left in ${root}, such as ${left[0]}`];
}

/** The application's own comparison of its table with the bucket. */
async function inconsistencies({ url, admin }: Demo): Promise<string[]> {
  const client = new Client(url);
  await client.signIn(admin.email, admin.password);
  const path = '/api/admin/consistency';
  await (await client.send('POST', path, { json: {} })).arrayBuffer();
  let found: Consistency;
  do {
    await sleep(100);
    found = await client.json<Consistency>('GET', path);
  } while (found.state === 'running');
  const lists = { ...found } as unknown as Record<string, unknown>;
  return ['missingFiles', 'missingRows', 'wrongProvider'].flatMap((name) => {
    const list = lists[name];
    return Array.isArray(list) && list.length === 0
      ? []
      : [`${name}: ${JSON.stringify(list)}`.slice(0, 300)];
  });
}
