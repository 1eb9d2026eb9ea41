import type { ActionName, MigrationState, ModeName } from '../../../server/migration/state.js';
import { duration, plural } from '../../text/quantity.js';

/** What comes next, in words, and what does it. */
export interface NextStep {
  readonly title: string;
  readonly text: string;
  readonly button?: {
    readonly text: string;
    readonly does: { readonly action: ActionName } | { readonly mode: ModeName };
  };
}

/** The one thing to do, or to wait for. */
export function nextStep(state: MigrationState): NextStep {
  const { mode, work } = state;
  if (!mode.reached) return waiting(state);
  if (mode.wanted === 'source')
    return {
      title: 'Get ready',
      text: 'Every process learns to look into the target first. Nothing is written there yet, and you can go back.',
      button: { text: 'Go on to prepare', does: { mode: 'prepare' } },
    };
  if (mode.wanted === 'prepare')
    return {
      title: 'Hand over',
      text: 'From then on new files are written to the target. What is left in the source is still found there.',
      button: { text: 'Go on to hybrid', does: { mode: 'hybrid' } },
    };
  if (mode.wanted === 'target')
    return {
      title: 'The migration is done',
      text: 'All processes work on the target alone. The source’s files are in its archive; you can still go back to hybrid.',
    };
  return work === null ? idle(state) : atWork(state);
}

function waiting({ mode }: MigrationState): NextStep {
  const late = mode.members.find(({ obstacle }) => obstacle !== null);
  return {
    title: `Waiting for all processes to reach ${mode.wanted}`,
    text:
      late?.obstacle ??
      'Each process takes the step when its requests that began before have ended.',
  };
}

const WORDS: Readonly<Record<string, string>> = {
  migrate: 'Copying files',
  verify: 'Verifying the copies',
  retire: 'Retiring the source',
  cutover: 'Cutting over',
};

function atWork({ work, pace, paused, progress }: MigrationState): NextStep {
  const title = WORDS[work?.kind ?? ''] ?? 'At work';
  if (paused && work?.kind === 'migrate')
    return {
      title: 'Paused',
      text: 'No file is begun until you resume. Files under way are finished.',
      button: { text: 'Resume', does: { action: 'resume' } },
    };
  if (work?.kind === 'migrate' && work.note === null && progress.total.files === 0)
    return { title, text: 'The source is being listed. The application goes on as it does.' };
  const left = pace.secondsLeft === null ? '' : `About ${duration(pace.secondsLeft * 1000)} left. `;
  return { title, text: work?.note ?? `${left}The application goes on as it does.` };
}

function idle(state: MigrationState): NextStep {
  const { progress, gate, paused } = state;
  if (paused)
    return {
      title: 'Paused',
      text: 'No file is begun until you resume.',
      button: { text: 'Resume', does: { action: 'resume' } },
    };
  if (!progress.begun)
    return {
      title: 'Copy the files',
      text: 'Each file is created in the target only if nothing is there, so that no copy can undo what the application does meanwhile.',
      button: { text: 'Start copying', does: { action: 'start' } },
    };
  if (progress.unresolved > 0)
    return {
      title: `${plural(progress.unresolved, 'file is', 'files are')} still open`,
      text: 'They are listed below with their causes. Another try is made by itself from time to time.',
      button: { text: 'Try again now', does: { action: 'retry' } },
    };
  if (progress.unverified > 0)
    return {
      title: 'Verify the copies',
      text: 'Every copy is compared with what was read, by the checksum that the server keeps.',
      button: { text: 'Verify', does: { action: 'verify' } },
    };
  if (gate === null)
    return look('Look at the gate', 'It tells whether the source can be given up.');
  if (gate.open)
    return {
      title: 'Cut over',
      text: 'The gate is open: all processes can give up the source.',
      button: { text: 'Cut over', does: { action: 'cutover' } },
    };
  const shut = gate.conditions.filter(({ holds }) => holds !== true);
  if (shut.some(({ id }) => id === 'retired'))
    return {
      title: 'Retire the source',
      text: 'Files whose copy was found whole are moved into the archive, from where they can be had back.',
      button: { text: 'Retire', does: { action: 'retire' } },
    };
  return look('The gate is shut', shut[0]?.evidence ?? 'Its conditions are listed below.');
}

function look(title: string, text: string): NextStep {
  return { title, text, button: { text: 'Look again', does: { action: 'gate' } } };
}
