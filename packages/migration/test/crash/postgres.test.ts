import { isStorageError } from '@org/storage-core';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Journal, openPostgresJournal } from '../../src/index.js';
import { temporaryDirectory } from '../fixtures.js';
import { postgresServer } from '../postgres.js';
import { LARGE } from './acts.js';
import type { Death, Life } from './life.js';
import { expectSameEnd, play, settle } from './play.js';
import { endpointsOf, type OpenJournal, type Places } from './process.js';
import { BUCKET } from './site.js';

const { shared } = postgresServer();

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server({ buckets: [BUCKET] });
});
afterAll(() => server.close());

const schemaOf = ({ bucket }: Places) => bucket.prefix.replace('-', '_');

/** A step is every statement that does not only read, the beginnings and ends of transactions among them. */
function openPostgres(url: string): OpenJournal {
  return async (places, life, onEnd) => {
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    const connections = new Set<pg.PoolClient>();
    onEnd(async () => {
      for (const connection of connections) connection.release(true);
      await pool.end();
    });
    const client = {
      query: (sql: string, values?: unknown[]) => pool.query(sql, values),
      async connect() {
        const connection = await pool.connect();
        connections.add(connection);
        return withSteps(connection, life, () => connections.delete(connection));
      },
    };
    return whenFree(() =>
      openPostgresJournal({ client, endpoints: endpointsOf(places), schema: schemaOf(places) }),
    );
  };
}

function withSteps(connection: pg.PoolClient, life: Life, onRelease: () => void) {
  return {
    query(sql: string, values?: unknown[]) {
      const run = () => connection.query(sql, values);
      return /^\s*select/i.test(sql) ? run() : life.step(sql.trim().slice(0, 40), run);
    },
    on: (event: 'error', listener: (error: Error) => void) => connection.on(event, listener),
    release(error?: boolean) {
      onRelease();
      connection.release(error);
    },
  };
}

/** The server lets go of a dead process's lock when it has noticed. */
async function whenFree(open: () => Promise<Journal>): Promise<Journal> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!isStorageError(error, 'Conflict')) throw error;
    }
  }
}

async function played(deathsIn?: (act: number) => readonly Death[]) {
  const places = await settle(LARGE, server, await temporaryDirectory());
  const { url, pool } = shared();
  const client = pool();
  const readJournal = () =>
    openPostgresJournal({ client, schema: schemaOf(places), access: 'look' });
  return play(LARGE, { server, places, openJournal: openPostgres(url), readJournal }, deathsIn);
}

describe('a migration with its journal in PostgreSQL', () => {
  it('ends the same wherever in a transaction its process dies', {
    timeout: 1_200_000,
  }, async () => {
    const undisturbed = await played();
    const stepsOf = (act: number) => undisturbed.get(act)?.steps.length ?? 0;
    const most = Math.max(...[...undisturbed.keys()].map(stepsOf));
    let deaths = 0;
    for (let step = 1; step <= most; step += 2) {
      // a transaction has three
      const disturbed = await played((act) =>
        step <= stepsOf(act) ? [{ step, moment: 'before' }] : [],
      );
      deaths += expectSameEnd(disturbed, undisturbed);
    }
    expect(deaths).toBeGreaterThan(50);
  });
});
