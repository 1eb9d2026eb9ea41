import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrationState, ModeName } from '../server/migration/state.js';
import { Client } from './client.js';
import type { Demo } from './demo.js';

/** Milliseconds between two looks, and that a phase may take. */
const LOOK = 200;
const PATIENCE = 300_000;

/** Told when a phase ends. */
export type OnPhase = (phase: string, about: string) => void;

/** Does what an operator does at the dashboard, by the same requests: through all modes, to the end. */
export async function migrateByDashboard(
  demo: Demo,
  onPhase: OnPhase,
  stop: AbortSignal,
): Promise<MigrationState> {
  const client = new Client(demo.url);
  await client.signIn(demo.admin.email, demo.admin.password);
  const base = '/api/admin/migration';
  const post = (action: string, body: unknown = {}) =>
    client.json('POST', `${base}/${action}`, body);
  const until = async (wanted: (state: MigrationState) => boolean): Promise<MigrationState> => {
    for (const end = Date.now() + PATIENCE; ; await sleep(LOOK, undefined, { signal: stop })) {
      const state = await client.json<MigrationState>('GET', base);
      if (state.failed !== null)
        throw new Error(`${state.failed.kind} has failed: ${state.failed.message}`);
      if (wanted(state)) return state;
      if (Date.now() > end)
        throw new Error(`it does not get on: ${JSON.stringify(state.gate ?? state.mode)}`);
    }
  };
  const step = async (mode: ModeName, about: string) => {
    await post('mode', { mode });
    await until((state) => state.mode.wanted === mode && state.mode.reached);
    onPhase(mode, about);
  };
  await step('prepare', 'each process looks into the bucket first');
  await step('hybrid', 'what is new goes to the bucket');
  await post('start');
  const copied = await until(({ work, progress }) => work === null && progress.begun);
  if (copied.progress.unresolved > 0)
    throw new Error(`${copied.progress.unresolved} files are left open`);
  onPhase('copy', `${copied.progress.done.files} files were decided on`);
  await post('verify');
  const verified = await until(({ work, progress }) => work === null && progress.unverified === 0);
  onPhase('verify', `${verified.progress.verified} copies are whole`);
  await post('retire');
  const retired = await until(({ work }) => work === null);
  onPhase('retire', `${retired.progress.retired} files are out of the directory`);
  const done = await throughGate(post, until, stop);
  onPhase('target', 'nobody looks into the directory any more');
  return done;
}

/** Nobody may have read from the source for a while; what is seen of the processes may shut the gate again before the cutover. */
async function throughGate(
  post: (action: string) => Promise<unknown>,
  until: (wanted: (state: MigrationState) => boolean) => Promise<MigrationState>,
  stop: AbortSignal,
): Promise<MigrationState> {
  for (const end = Date.now() + PATIENCE; ; await sleep(LOOK, undefined, { signal: stop })) {
    await post('gate');
    const { gate, work } = await until(() => true);
    if (gate?.open === true && work === null) {
      await post('cutover').catch(() => undefined); // refused: it is shut by now
      const state = await until(
        (now) => now.work === null && (now.mode.wanted !== 'target' || now.mode.reached),
      );
      if (state.mode.wanted === 'target') return state;
    }
    const shut = gate?.conditions.find(({ holds }) => holds !== true);
    if (Date.now() > end) throw new Error(`the gate stays shut: ${shut?.evidence}`);
  }
}
