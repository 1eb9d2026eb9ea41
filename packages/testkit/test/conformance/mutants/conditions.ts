import { StorageError } from '@org/storage-core';
import { type Mutant, mutant, nextTurn, without } from './mutant.js';

export const conditionMutants: readonly Mutant[] = [
  {
    breaks: 'ignores the condition of an upload',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'condition')),
    })),
    caught: [
      'a create-only upload over a file is refused with AlreadyExists and changes nothing',
      'of twenty creates at once, exactly one wins',
      'a create-only upload of a large file over a file is refused and changes nothing',
      'a large file that comes into being during a create-only upload of it is not overwritten',
      'a conditional update of another version is refused and changes nothing',
      'a conditional update of a file that is gone is refused and stores nothing',
      'of twenty conditional updates of one version at once, exactly one wins',
      'of several that create the same files at once, exactly one creates each',
      'of several that count up one file at once, none loses a step',
      'while others delete the versions of a file, no update that was told to be done is lost',
    ],
  },
  {
    breaks: 'looks at the condition of an upload before it reads the body, and no more',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (options?.condition?.type === 'absent' && (await original.exists(key)))
          throw new StorageError('AlreadyExists', 'there is one');
        if (options?.condition?.type === 'match') {
          const { etag } = await original.stat(key);
          if (etag !== options.condition.etag) throw new StorageError('PreconditionFailed', 'no');
        }
        return original.upload(key, body, without(options, 'condition'));
      },
    })),
    caught: [
      'of twenty creates at once, exactly one wins',
      'a large file that comes into being during a create-only upload of it is not overwritten',
      'of twenty conditional updates of one version at once, exactly one wins',
      'a conditional update of a file that is gone is refused and stores nothing',
      'of several that create the same files at once, exactly one creates each',
      'of several that count up one file at once, none loses a step',
      'while others delete the versions of a file, no update that was told to be done is lost',
    ],
  },
  {
    breaks: 'claims that it can’t create conditionally, and drops the condition',
    make: mutant((original) => ({
      capabilities: {
        ...original.capabilities,
        conditionalCreate: 'absent',
        conditionalCreateInParts: 'absent',
        conditionalUpdate: 'absent',
        conditionalDelete: 'absent',
        conditionalCopyCreate: 'absent',
        conditionalCopyUpdate: 'absent',
      },
      upload: (key, body, options) => original.upload(key, body, without(options, 'condition')),
      delete: (key, options) => original.delete(key, without(options, 'condition')),
      copy: (from, to, options) => original.copy(from, to, without(options, 'condition')),
      move: (from, to, options) => original.move(from, to, without(options, 'condition')),
    })),
    caught: [
      'a create-only upload creates a file that is not there',
      'a create-only upload over a file is refused with AlreadyExists and changes nothing',
      'a file can be created again after it was deleted',
      'of twenty creates at once, exactly one wins',
      'a create-only upload of a large file over a file is refused and changes nothing',
      'a large file that comes into being during a create-only upload of it is not overwritten',
      'a conditional update replaces the version that it names',
      'a conditional update of another version is refused and changes nothing',
      'a conditional update of a file that is gone is refused and stores nothing',
      'of twenty conditional updates of one version at once, exactly one wins',
      'a conditional delete removes the version that it names',
      'a conditional delete of another version, or of none, is refused and changes nothing',
      'a create-only copy creates its destination, and is refused where there is one',
      'a conditional copy replaces the version that it names, and no other',
      'a move with a condition that does not hold moves nothing',
      'of several that create the same files at once, exactly one creates each',
      'of several that count up one file at once, none loses a step',
      'while others delete the versions of a file, no update that was told to be done is lost',
    ],
  },
  {
    breaks: 'can’t create again what it has deleted',
    make: mutant((original) => {
      const known = new Set<string>();
      return {
        async upload(key, body, options) {
          if (options?.condition?.type === 'absent' && known.has(key))
            throw new StorageError('AlreadyExists', 'there was one');
          known.add(key);
          return original.upload(key, body, options);
        },
      };
    }),
    caught: ['a file can be created again after it was deleted'],
  },
  {
    breaks: 'ignores the condition of a delete',
    make: mutant((original) => ({
      delete: (key, options) => original.delete(key, without(options, 'condition')),
    })),
    caught: [
      'a conditional delete of another version, or of none, is refused and changes nothing',
      'download, delete, copy and list refuse options of wrong form',
      'while others delete the versions of a file, no update that was told to be done is lost',
    ],
  },
  {
    breaks: 'takes a conditional delete of nothing for done',
    make: mutant((original) => ({
      async delete(key, options) {
        if (await original.exists(key)) await original.delete(key, options);
      },
    })),
    caught: ['a conditional delete of another version, or of none, is refused and changes nothing'],
  },
  {
    breaks: 'never finds the version of a conditional update or delete',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (options?.condition?.type === 'match')
          throw new StorageError('PreconditionFailed', 'no');
        return original.upload(key, body, options);
      },
      async delete(key, options) {
        if (options?.condition !== undefined) throw new StorageError('PreconditionFailed', 'no');
        return original.delete(key, options);
      },
    })),
    caught: [
      'a conditional update replaces the version that it names',
      'a conditional delete removes the version that it names',
      'of twenty conditional updates of one version at once, exactly one wins',
      'of several that count up one file at once, none loses a step',
      'while others delete the versions of a file, no update that was told to be done is lost',
    ],
  },
  {
    breaks: 'ignores the condition of a copy and of a move',
    make: mutant((original) => ({
      copy: (from, to, options) => original.copy(from, to, without(options, 'condition')),
      move: (from, to, options) => original.move(from, to, without(options, 'condition')),
    })),
    caught: [
      'a create-only copy creates its destination, and is refused where there is one',
      'a conditional copy replaces the version that it names, and no other',
      'a move with a condition that does not hold moves nothing',
    ],
  },
  {
    breaks: 'deletes the source of a move that is refused',
    make: mutant((original) => ({
      async move(from, to, options) {
        try {
          return await original.move(from, to, options);
        } catch (error) {
          if (from !== to) await original.delete(from).catch(() => {});
          throw error;
        }
      },
    })),
    caught: ['a move with a condition that does not hold moves nothing'],
  },
  {
    breaks: 'ignores the version that a download names',
    make: mutant((original) => ({
      download: (key, options) => original.download(key, without(options, 'condition')),
    })),
    caught: ['a download that names a version gets it, or PreconditionFailed'],
  },
  {
    breaks: 'stores nothing of a create that wins late',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, options);
        if (options?.condition === undefined) return stored;
        await nextTurn();
        await original.upload(key, 'somebody else’s');
        return stored;
      },
    })),
    caught: [
      'a create-only upload creates a file that is not there',
      'of twenty creates at once, exactly one wins',
      'a conditional update replaces the version that it names',
    ],
  },
];
