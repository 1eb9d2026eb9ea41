import type { MigrationState } from '../../../server/migration/state.js';

/** A part of the page that shows a part of the state. */
export interface Panel {
  readonly view: HTMLElement;
  show(state: MigrationState): void;
}

/** Draws only when what it is drawn from has changed, so that a reader is not disturbed, and nothing loses the focus. */
export function drawnFrom<T>(
  part: (state: MigrationState) => T,
  draw: (part: T, state: MigrationState) => void,
): (state: MigrationState) => void {
  let before: string | undefined;
  return (state) => {
    const now = part(state);
    const text = JSON.stringify(now);
    if (text === before) return;
    before = text;
    draw(now, state);
  };
}
