/** What a screen needs of a terminal. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  hasColors(): boolean;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** https://invisible-island.net/xterm/ctlseqs/ctlseqs.html; synchronized output is ignored where it is not known. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const BEGIN = '\u001b[?2026h\u001b[H';
/** Before what is written: after it, in the last column, it would take the last character away. */
const ERASE = '\u001b[K';
const END = '\u001b[J\u001b[?2026l';

/**
 * The terminal's other screen, without cursor and without wrapping, redrawn in place. However the process ends, short of SIGKILL, the
 * terminal is given back as it was.
 */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #leave = () => this.#terminal.write(LEAVE);
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.enter();
    process.on('exit', this.#leave);
  }

  enter(): void {
    if (!this.#open) this.#terminal.write(ENTER);
    this.#open = true;
  }

  /** One write, so that no half of a picture is seen. A terminal that is behind misses some. */
  draw(lines: readonly string[]): void {
    if (!this.#open || this.#terminal.writableNeedDrain) return;
    const shown = lines.slice(0, Math.max(1, this.#terminal.rows));
    this.#terminal.write(BEGIN + shown.map((line) => ERASE + line).join('\r\n') + END);
  }

  leave(): void {
    if (this.#open) this.#leave();
    this.#open = false;
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#leave);
    this.leave();
  }
}
