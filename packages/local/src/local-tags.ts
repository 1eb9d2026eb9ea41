import {
  type Capabilities,
  checkTags,
  checkVersionOptions,
  type FileTags,
  refuseAbsent,
} from '@org/storage-core';
import { parsePresent } from './paths.js';
import type { RootAccess } from './root-access.js';
import type { Run } from './run.js';
import { getTags, setTags } from './tags.js';

/** The tags of a root's files. */
export function localTags(
  access: RootAccess,
  run: Run,
  capabilities: () => Capabilities,
): FileTags {
  return {
    get: (key, options = {}) =>
      run('getTags', key, options, async () => {
        checkVersionOptions(options);
        refuseAbsent(capabilities(), { versions: options.versionId });
        const parsed = parsePresent(key);
        return getTags(await access.readable(), parsed);
      }),
    set: (key, tags, options = {}) =>
      run('setTags', key, options, async () => {
        checkVersionOptions(options);
        refuseAbsent(capabilities(), { versions: options.versionId });
        checkTags(tags);
        const parsed = parsePresent(key);
        await setTags(await access.writable(), parsed, tags, options.signal);
      }),
  };
}
