import type { SessionStore } from './session.js';
import type { UploadQueue } from './uploads/queue.js';

export interface Page {
  readonly title: string;
  readonly view: HTMLElement;
  /** Ends what the page has running; it is about to be taken away. */
  close?(): void;
}

export interface PageContext {
  readonly session: SessionStore;
  readonly uploads: UploadQueue;
  readonly url: URL;
  /** The named parts of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  navigate(path: string, options?: { replace?: boolean }): void;
}

export type PageFactory = (context: PageContext) => Page;
