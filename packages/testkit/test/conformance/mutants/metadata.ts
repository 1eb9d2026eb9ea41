import { type FileMetadata, isStorageError, type UploadOptions } from '@org/storage-core';
import { type Mutant, mutant, without } from './mutant.js';

/** Passes the options of uploads through `change`. */
function uploading(change: (options: UploadOptions) => UploadOptions): Mutant['make'] {
  return mutant((original) => ({
    upload: (key, body, options = {}) => original.upload(key, body, change(options)),
  }));
}

function withMetadata(change: (text: string) => string): Mutant['make'] {
  return uploading((options) => {
    const entries = Object.entries(options.metadata ?? {});
    const changed = entries.map(([name, text]) => [name, change(text)]);
    return { ...options, metadata: Object.fromEntries(changed) };
  });
}

const STORED = 'a content type, headers and metadata that are given are stored and told';

export const metadataMutants: readonly Mutant[] = [
  ...(['metadata', 'contentType', 'cacheControl', 'contentDisposition'] as const).map((name) => ({
    breaks: `drops ${name}`,
    make: uploading((options) => without(options, name)),
    caught: [STORED],
  })),
  {
    breaks: 'claims that it can’t store metadata, and drops them',
    make: mutant((original) => ({
      capabilities: { ...original.capabilities, metadata: 'absent' },
      upload: (key, body, options) =>
        original.upload(
          key,
          body,
          without(options, 'metadata', 'contentType', 'cacheControl', 'contentDisposition'),
        ),
    })),
    caught: [
      STORED,
      'metadata are any Unicode text',
      'headers of any Unicode text are stored exactly or refused, not garbled',
      'a file that is replaced loses the headers and the metadata of the old one',
      'the same content with other metadata is a change of the metadata',
      'metadata that are handed out are the caller’s own',
      'names and texts that are not allowed are refused with InvalidArgument, and nothing is stored',
    ],
  },
  {
    breaks: 'stores metadata as Latin-1',
    make: withMetadata((text) => Buffer.from(text, 'latin1').toString('latin1')),
    caught: ['metadata are any Unicode text'],
  },
  {
    breaks: 'normalises metadata',
    make: withMetadata((text) => text.normalize('NFC')),
    caught: ['metadata are any Unicode text'],
  },
  {
    breaks: 'trims metadata',
    make: withMetadata((text) => text.trim()),
    caught: ['metadata are any Unicode text'],
  },
  {
    breaks: 'decodes metadata that look encoded',
    make: withMetadata((text) => {
      try {
        return decodeURIComponent(text);
      } catch {
        return text;
      }
    }),
    caught: ['metadata are any Unicode text'],
  },
  {
    breaks: 'garbles headers beyond ASCII',
    make: uploading(({ contentDisposition, ...options }) => ({
      ...options,
      ...(contentDisposition === undefined
        ? {}
        : { contentDisposition: Buffer.from(contentDisposition, 'latin1').toString('latin1') }),
    })),
    caught: ['headers of any Unicode text are stored exactly or refused, not garbled'],
  },
  {
    breaks: 'takes every file for bytes of no known type',
    make: uploading((options) => ({ contentType: 'application/octet-stream', ...options })),
    caught: ['without one given, the content type is what the extension of the key stands for'],
  },
  {
    breaks: 'keeps the headers of the file that is replaced',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const old = await original.stat(key).catch(() => undefined);
        const kept = old === undefined ? {} : headersOf(old);
        return original.upload(key, body, { ...kept, ...options });
      },
    })),
    caught: ['a file that is replaced loses the headers and the metadata of the old one'],
  },
  {
    breaks: 'does not store what has the content of the file that is there',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const old = await original.stat(key).catch(() => undefined);
        if (old === undefined || !(body instanceof Uint8Array))
          return original.upload(key, body, options);
        const { sha256 = '' } = old.checksums;
        try {
          await original.upload('\u0001probe', body, { checksums: { sha256 } });
          return old;
        } catch (error) {
          if (!isStorageError(error, 'ChecksumMismatch')) throw error;
          return original.upload(key, body, options);
        } finally {
          await original.delete('\u0001probe');
        }
      },
    })),
    caught: ['the same content with other metadata is a change of the metadata'],
  },
  {
    breaks: 'takes names of metadata as they come',
    make: uploading(({ metadata, ...options }) => {
      const entries = Object.entries(metadata ?? {}).map(
        ([name, text]) =>
          [name.toLowerCase().replace(/^storage-|[^a-z0-9._-]/g, '') || 'x', `${text}`] as const,
      );
      return { ...options, metadata: Object.fromEntries(entries) };
    }),
    caught: [
      'names and texts that are not allowed are refused with InvalidArgument, and nothing is stored',
    ],
  },
];

function headersOf({ cacheControl, metadata }: FileMetadata): UploadOptions {
  return { metadata, ...(cacheControl === undefined ? {} : { cacheControl }) };
}
