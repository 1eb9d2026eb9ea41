/** What a process can be asked for by the one that started it: functions of one argument. */
export type Handlers = Readonly<Record<string, (given: never) => unknown>>;

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly given: unknown;
}

export type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/** Answers the questions of the process that started this one, and ends with it, however that ends. */
export function answerQuestions(handlers: Handlers): void {
  process.on('message', async ({ id, name, given }: Question) => {
    process.send?.(await answerTo(id, () => handlers[name]?.(given as never))); // typed where it is asked
  });
  process.on('disconnect', () => process.exit());
}

async function answerTo(id: number, handle: () => unknown): Promise<Answer> {
  try {
    return { id, answer: await handle() };
  } catch (error) {
    return { id, error: error instanceof Error ? `${error.stack}` : String(error) };
  }
}
