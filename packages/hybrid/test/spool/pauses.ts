import type { StorageProvider } from '@org/storage-core';

type Operation = 'upload' | 'download' | 'stat' | 'delete' | 'deleteMany' | 'copy';

/** One call that waits: before anything is done, or when it is done and nobody has been told. */
interface Pause {
  readonly reached: Promise<void>;
  resume(): void;
}

export interface PausingProvider extends StorageProvider {
  /** Makes the next call of the operation wait, of the key if one is given. */
  pause(when: 'before' | 'after', operation: Operation, key?: string): Pause;
  /** Lets all calls go on, those that would wait, too. */
  resumeAll(): void;
}

interface Armed {
  readonly when: 'before' | 'after';
  readonly operation: Operation;
  readonly key: string | undefined;
  readonly reach: () => void;
  readonly resumed: Promise<void>;
}

/** A provider whose calls can be held, so that a test decides what happens between two of them. */
export function withPauses(inner: StorageProvider): PausingProvider {
  const armed = new Set<Armed>();
  const resumes: (() => void)[] = [];
  const hold = async (when: Armed['when'], operation: Operation, key: string) => {
    for (const pause of armed) {
      if (pause.when !== when || pause.operation !== operation) continue;
      if (pause.key !== undefined && pause.key !== key) continue;
      armed.delete(pause);
      pause.reach();
      await pause.resumed;
      return;
    }
  };
  const held = async <T>(operation: Operation, key: string, run: () => Promise<T>): Promise<T> => {
    await hold('before', operation, key);
    const result = await run();
    await hold('after', operation, key);
    return result;
  };
  const over: Pick<PausingProvider, Operation | 'pause' | 'resumeAll'> = {
    upload: (key, ...rest) => held('upload', key, () => inner.upload(key, ...rest)),
    download: (key, ...rest) => held('download', key, () => inner.download(key, ...rest)),
    stat: (key, ...rest) => held('stat', key, () => inner.stat(key, ...rest)),
    delete: (key, ...rest) => held('delete', key, () => inner.delete(key, ...rest)),
    deleteMany: (keys, ...rest) => {
      const all = [...keys];
      return held('deleteMany', all.join(' '), () => inner.deleteMany(all, ...rest));
    },
    copy: (from, ...rest) => held('copy', from, () => inner.copy(from, ...rest)),
    pause(when, operation, key) {
      let reach = () => {};
      let resume = () => {};
      const reached = new Promise<void>((resolve) => {
        reach = resolve;
      });
      const resumed = new Promise<void>((resolve) => {
        resume = resolve;
      });
      armed.add({ when, operation, key, reach, resumed });
      resumes.push(resume);
      return { reached, resume };
    },
    resumeAll() {
      armed.clear();
      for (const resume of resumes) resume();
    },
  };
  return new Proxy(inner, {
    get(object, name) {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const value: unknown = Reflect.get(object, name);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  }) as PausingProvider;
}
