import type { SkipReason } from '@org/storage-core';

/**
 * What can be wrong with a file.
 *
 * | kind | what it means for a migration |
 * | --- | --- |
 * | `link`, `special`, `invalid-name`, `unreadable` | it is skipped; `unreadable` may be a directory with all that is in it |
 * | `unreadable-file` | it is listed, but can't be opened: its copy fails |
 * | `long-key` | with the target's prefix its key is too long: its copy fails |
 * | `too-large` | the target takes no file of this size |
 * | `unconditional-parts` | it has to be sent in parts, which the target does not create conditionally: its copy fails |
 * | `same-but-case`, `same-but-form` | its key is another one's but for case, or for the Unicode form (NFC, NFD). Both are copied |
 * | `just-written` | it was written shortly before it was listed: a copy of what is written in place is tried again |
 * | `other-type` | its bytes are of another type than its name says; it is served as what its name says |
 */
export type ProblemKind = SkipReason | FileProblemKind;

type FileProblemKind =
  | 'unreadable-file'
  | 'long-key'
  | 'too-large'
  | 'unconditional-parts'
  | 'same-but-case'
  | 'same-but-form'
  | 'just-written'
  | 'other-type';

export interface PlanProblem {
  readonly kind: ProblemKind;
  /** The key, or what stands for it where there is none. */
  readonly path: string;
  /** For people. */
  readonly detail: string;
}

export interface ProblemSummary {
  readonly kind: ProblemKind;
  /** Whether a migration stays incomplete with it. */
  readonly blocking: boolean;
  /** Whether the caller has said that it may be. */
  readonly accepted: boolean;
  readonly count: number;
  /** The first ones. */
  readonly examples: readonly Pick<PlanProblem, 'path' | 'detail'>[];
}

/** In the order of a report: what keeps a migration from being complete first. */
const BLOCKING: Readonly<Record<ProblemKind, boolean>> = {
  unreadable: true,
  'unreadable-file': true,
  'invalid-name': true,
  'long-key': true,
  'too-large': true,
  'unconditional-parts': true,
  link: true,
  special: true,
  'just-written': false,
  'same-but-case': false,
  'same-but-form': false,
  'other-type': false,
};

/** Counts problems, keeps the first of each kind, and passes all of them on. */
export class ProblemCounter {
  readonly #found = new Map<ProblemKind, { count: number; examples: PlanProblem[] }>();
  readonly #examples: number;
  readonly #onProblem: (problem: PlanProblem) => void;

  constructor(examples: number, onProblem: (problem: PlanProblem) => void) {
    this.#examples = examples;
    this.#onProblem = onProblem;
  }

  add(problem: PlanProblem): void {
    const found = this.#found.get(problem.kind) ?? { count: 0, examples: [] };
    found.count++;
    if (found.examples.length < this.#examples) found.examples.push(problem);
    this.#found.set(problem.kind, found);
    this.#onProblem(problem);
  }

  result(accept: readonly SkipReason[]): ProblemSummary[] {
    const accepted: readonly ProblemKind[] = accept;
    return (Object.keys(BLOCKING) as ProblemKind[]).flatMap((kind) => {
      const found = this.#found.get(kind);
      if (found === undefined) return [];
      return {
        kind,
        blocking: BLOCKING[kind],
        accepted: accepted.includes(kind),
        count: found.count,
        examples: found.examples.map(({ path, detail }) => ({ path, detail })),
      };
    });
  }
}
