import {
  type SignedUrl,
  StorageError,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import { type Mutant, mutant, wholeMutant, without } from './mutant.js';
import type { SigningProvider } from './signing-provider.js';

const URLS = {
  form: 'a download URL is one of a URL’s form, for the time that was asked for',
  options: 'options of a download URL that are of wrong form are refused',
  fetched: 'who has a download URL gets the file, with the headers that were asked for',
  bound: 'a download URL is good for one file and for reading alone',
  missing: 'a download URL for a missing file is answered with 404',
  expires: 'a download URL is refused once it has expired',
  version: 'a download URL for a version gives that version, whatever became of the file',
};
const TICKETS = {
  form: 'a ticket is a PUT unless another kind is asked for, and tells when it expires',
  options: 'options of a ticket that are of wrong form are refused',
  put: 'what is put with a ticket is a file, with all that the ticket says of it',
  bound: 'what a ticket does not allow can’t be put with it',
  creates: 'a ticket that only creates never replaces a file',
  post: 'a form is taken for sizes between the limits of its ticket, and for no others',
  parts: 'parts that are sent with a ticket are a file once they are completed, and not before',
  condition: 'parts are completed only where the condition holds',
  expires: 'a ticket is refused once it has expired, and what was put with it before stays',
  formExpires: 'a form is refused once its ticket has expired',
  partBound: 'a part is taken only with the content that its ticket has the checksum of',
  partExpires: 'a part is refused once its URL has expired',
};

/** Passes the options of tickets through `change`. */
function ticketing(change: (options: UploadTicketOptions) => UploadTicketOptions): Mutant['make'] {
  return wholeMutant((original) => ({
    createUploadTicket: (key, options = {}) => original.createUploadTicket(key, change(options)),
  }));
}

/** A `fetch` in place of the original’s. */
function fetching(
  fetch: (original: SigningProvider, url: string, init: RequestInit) => Promise<Response>,
): Mutant['make'] {
  return wholeMutant((original) => ({
    fetch: (input, init = {}) => fetch(original, String(input), init),
  }));
}

export const signingMutants: readonly Mutant[] = [
  {
    breaks: 'promises URLs and has none',
    make: mutant((original) => ({
      capabilities: { ...original.capabilities, downloadUrls: 'native', uploadTickets: 'native' },
    })),
    caught: [
      ...Object.values(URLS),
      ...Object.values(TICKETS),
      'createDownloadUrl is there where the capability downloadUrls is not absent, and only there',
      'createUploadTicket is there where the capability uploadTickets is not absent, and only there',
      'the operations of capabilities do not change the options that they are given',
    ],
  },
  {
    breaks: 'signs for a quarter of an hour, always',
    make: wholeMutant((original) => ({
      createDownloadUrl: (key, options) =>
        original.createDownloadUrl(key, without(options, 'expiresIn')),
      createUploadTicket: (key, options) =>
        original.createUploadTicket(key, without(options, 'expiresIn')),
    })),
    caught: [URLS.form, URLS.options, TICKETS.form, TICKETS.options],
  },
  {
    breaks: 'signs for longer than it tells',
    make: wholeMutant((original) => {
      const told = <T extends SignedUrl | UploadTicket>(signed: T, seconds = 900): T => ({
        ...signed,
        expiresAt: new Date(Date.now() + 1_000 * seconds),
      });
      return {
        createDownloadUrl: async (key, options) =>
          told(
            await original.createDownloadUrl(key, without(options, 'expiresIn')),
            options?.expiresIn,
          ),
        createUploadTicket: async (key, options) =>
          told(
            await original.createUploadTicket(key, without(options, 'expiresIn')),
            options?.expiresIn,
          ),
      };
    }),
    caught: [URLS.expires, TICKETS.expires, TICKETS.formExpires, TICKETS.partExpires],
  },
  {
    breaks: 'signs for the current version, whichever is asked for',
    versioned: true,
    make: wholeMutant((original) => ({
      createDownloadUrl: (key, options) =>
        original.createDownloadUrl(key, without(options, 'versionId')),
    })),
    caught: [URLS.version],
  },
  {
    breaks: 'drops the headers of a download URL',
    make: wholeMutant((original) => ({
      createDownloadUrl: (key, { expiresIn, signal } = {}) =>
        original.createDownloadUrl(key, { expiresIn, signal }),
    })),
    caught: [URLS.fetched, URLS.options],
  },
  {
    breaks: 'lets a download URL be used for uploads',
    make: fetching((original, url, init) =>
      init.method === 'PUT'
        ? original.upload('public-file', 'new').then(() => new Response())
        : original.fetch(url, init),
    ),
    caught: [URLS.bound],
  },
  {
    breaks: 'answers for a missing file with an empty one',
    make: fetching(async (original, url, init) => {
      const answer = await original.fetch(url, init);
      return answer.status === 404 ? new Response() : answer;
    }),
    caught: [URLS.missing],
  },
  {
    breaks: 'drops what a ticket says of the file',
    make: ticketing((options) =>
      without(options, 'metadata', 'contentType', 'cacheControl', 'contentDisposition'),
    ),
    caught: [TICKETS.put, TICKETS.post, TICKETS.parts],
  },
  {
    breaks: 'binds neither length, checksum nor condition',
    make: ticketing((options) =>
      options.type === undefined
        ? without(options, ...(['contentLength', 'checksums', 'condition'] as const))
        : options,
    ),
    caught: [TICKETS.bound, TICKETS.creates],
  },
  {
    breaks: 'binds no checksums of parts',
    make: ticketing((options) =>
      options.type === 'multipart' ? without(options, ...(['partChecksums'] as const)) : options,
    ),
    caught: [TICKETS.partBound, TICKETS.options],
  },
  {
    breaks: 'binds no sizes',
    make: ticketing((options) =>
      options.type === 'post' ? { ...options, size: { max: 1_000_000 } } : options,
    ),
    caught: [TICKETS.post],
  },
  {
    breaks: 'shows parts before they are completed',
    make: fetching(async (original, url, init) => {
      const answer = await original.fetch(url, init);
      for (const { key, parts } of original.unfinished.values())
        await original.upload(key, Buffer.concat([...parts.values()]));
      return answer;
    }),
    caught: [TICKETS.parts],
  },
  {
    breaks: 'takes any options for a ticket',
    make: wholeMutant((original) => ({
      async createUploadTicket(key, options) {
        try {
          return await original.createUploadTicket(key, options);
        } catch {
          const ticket = await original.createUploadTicket(key);
          if (ticket.type !== 'put') throw new StorageError('Unknown', 'not a PUT');
          return ticket;
        }
      },
    })),
    caught: [
      TICKETS.options,
      'createUploadTicket refuses an option that it does not know, before it does anything',
    ],
  },
];
