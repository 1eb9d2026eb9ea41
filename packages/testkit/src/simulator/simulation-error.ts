/** A simulation that could not be run to its end. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  /** The message without the trace. */
  readonly summary: string;

  constructor(summary: string, trace: readonly string[]) {
    super([summary, ...trace.map((line) => `  ${line}`)].join('\n'));
    this.summary = summary;
  }
}
