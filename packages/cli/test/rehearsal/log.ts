/** What happens, for who looks on: nothing is printed unless STORAGE_REHEARSAL_LOG is set. */
export class Log {
  readonly #begun = performance.now();
  readonly #prints = Boolean(process.env['STORAGE_REHEARSAL_LOG']);
  /** What is going on, for a failure. */
  act = 'before the first act';

  begin(act: string): void {
    this.act = act;
    this.#print(`— ${act}`);
  }

  line(text: string): void {
    this.#print(`  ${text}`);
  }

  #print(text: string): void {
    if (!this.#prints) return;
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(1);
    process.stdout.write(`${seconds.padStart(7)} s ${text}\n`);
  }
}
