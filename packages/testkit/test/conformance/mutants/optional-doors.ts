import { OPTIONAL_OPERATIONS } from '../../../src/conformance/operations.js';
import { type Mutant, only, wholeMutant } from './mutant.js';

const refusals = (what: string, needsKey = false) =>
  OPTIONAL_OPERATIONS.filter(({ keys }) => !needsKey || keys > 0).map(
    ({ name }) => `${name} ${what}`,
  );

/** Every optional operation with its options, or its key, changed. */
function doors(
  options: <T extends object>(given: T | undefined) => T,
  key: (given: string) => string,
): Mutant['make'] {
  return wholeMutant((original) => {
    const { multipart, tags, versions } = original;
    if (tags === undefined || versions === undefined) throw new Error('the original has all');
    return {
      tags: {
        get: (name, given) => tags.get(key(name), options(given)),
        set: (name, all, given) => tags.set(key(name), all, options(given)),
      },
      versions: {
        list: (given) => versions.list(options(given)),
        restore: (name, id, given) => versions.restore(key(name), id, options(given)),
      },
      createDownloadUrl: (name, given) => original.createDownloadUrl(key(name), options(given)),
      createUploadTicket: (name, given) => original.createUploadTicket(key(name), options(given)),
      multipart: {
        list: (given) => multipart.list(options(given)),
        abort: (name, id, given) => multipart.abort(key(name), id, options(given)),
        listParts: (name, id, given) => multipart.listParts(key(name), id, options(given)),
        complete: (name, id, parts, given) =>
          multipart.complete(key(name), id, parts, options(given)),
        sweep: (given) => multipart.sweep(options(given)),
      },
    };
  });
}

export const optionalDoorMutants: readonly Mutant[] = [
  {
    breaks: 'drops options that it does not know, of what not all providers have',
    make: doors(
      (given) => only(given, ...(['signal', 'initiatedBefore'] as never[])),
      (key) => key,
    ),
    caught: refusals('refuses an option that it does not know, before it does anything'),
  },
  {
    breaks: 'drops signals, of what not all providers have',
    make: doors(
      (given) => only(given, ...(['initiatedBefore'] as never[])),
      (key) => key,
    ),
    caught: refusals('with a signal that has fired rejects and does nothing'),
  },
  {
    breaks: 'makes a key of what is none, of what not all providers have',
    make: doors(
      (given) => only(given, ...(['signal', 'initiatedBefore'] as never[])),
      () => 'a',
    ),
    caught: refusals('refuses what is no key with InvalidKey, and does nothing', true),
  },
  {
    breaks: 'promises versions and has none',
    make: wholeMutant(({ versions: _ }) => ({ versions: Object.create(null) })),
    caught: ['versions is there where the capability versions is not absent, and only there'],
  },
];
