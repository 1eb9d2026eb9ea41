import {
  checkText,
  contentTypeOf,
  StorageError,
  type StorageProvider,
  type UploadTicketOptions,
} from '@org/storage-core';
import { defineLayer, type Layer } from './layer.js';

/** What a rule may look at. */
export interface CachedFile {
  readonly key: string;
  /** Without parameters, in lower case. */
  readonly contentType: string;
}

/** `undefined` for no header. */
export type CacheRule = string | ((file: CachedFile) => string | undefined);

/**
 * By content type: exact as in `text/html`, by its first half as in `image/*`, or for all the others, in which case both halves
 * are `*`. The closest one counts.
 */
export type CacheRules = Readonly<Record<string, CacheRule>>;

/**
 * What a file gets for which no rule is made: whoever has it may keep it, but no cache that several people share, since a file of
 * an application is often that of one user; and it is asked for again before it is used, since a key can get another
 * content. With an ETag that costs an answer without a body.
 */
export const DEFAULT_CACHE_CONTROL = 'private, no-cache';

const ANY = '*/*';

/**
 * Gives uploads and upload tickets a `Cache-Control` where the caller gives none, by content type: the caller's, else what the key's
 * extension stands for. Copies keep what the original has. Where the store keeps no headers it does nothing.
 *
 * @param rules Default: {@link DEFAULT_CACHE_CONTROL} for all.
 * @throws StorageError `InvalidArgument`.
 */
export function cacheControl(rules: CacheRules | CacheRule = {}): Layer {
  const byType = typeof rules === 'object' ? checked(rules) : checked({ [ANY]: rules });
  return defineLayer((inner, provider) => ({
    ...inner,
    upload: async (key, body, given) =>
      inner.upload(key, body, withCacheControl(byType, provider, key, given)),
    createUploadTicket: async (key, given) => {
      // Further URLs of an upload: what it becomes was said when it began.
      const begun = given?.type === 'multipart' && given.uploadId !== undefined;
      return inner.createUploadTicket(
        key,
        begun ? given : withCacheControl(byType, provider, key, given),
      );
    },
  }));
}

function withCacheControl<O extends Pick<UploadTicketOptions, 'contentType' | 'cacheControl'>>(
  rules: CacheRules,
  { capabilities }: StorageProvider,
  key: string,
  options: O | undefined,
): O | { cacheControl: string } | undefined {
  if (options?.cacheControl !== undefined || capabilities.metadata === 'absent') return options;
  const type: unknown = options?.contentType ?? (typeof key === 'string' ? contentTypeOf(key) : '');
  if (typeof type !== 'string') return options; // for the provider to refuse
  const contentType = type.replace(/;.*$/s, '').trim().toLowerCase();
  const general = contentType.replace(/\/.*$/s, '/*');
  const rule = rules[contentType] ?? rules[general] ?? rules[ANY] ?? DEFAULT_CACHE_CONTROL;
  const cacheControl = typeof rule === 'string' ? rule : rule({ key, contentType });
  return cacheControl === undefined ? options : { ...options, cacheControl };
}

function checked(rules: CacheRules): CacheRules {
  const known = Object.create(null) as Record<string, CacheRule>; // a content type may have any name
  for (const [type, rule] of Object.entries(rules)) {
    if (!/^([^/*\s]+\/([^/*\s]+|\*)|\*\/\*)$/.test(type))
      throw new StorageError(
        'InvalidArgument',
        `the rule "${type}" of cacheControl is for no content type; "text/html", "image/*" and "*/*" are`,
      );
    if (typeof rule !== 'function') checkText(`the rule "${type}" of cacheControl`, rule);
    known[type.toLowerCase()] = rule;
  }
  return known;
}
