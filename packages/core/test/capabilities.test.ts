import { describe, expect, it } from 'vitest';
import {
  type Capabilities,
  type Capability,
  MemoryStorageProvider,
  refuseAbsent,
} from '../src/index.js';

const declared = new MemoryStorageProvider().capabilities;

function allOf(support: 'native' | 'emulated' | 'absent'): Capabilities {
  const names = Object.keys(declared) as Capability[]; // as the type of `declared` has it
  return Object.fromEntries(names.map((name) => [name, support])) as unknown as Capabilities;
}

const NAMES = Object.keys(declared) as Capability[];

describe('refuseAbsent', () => {
  it.each(NAMES)(
    'refuses what needs %s where it is absent, and says what can’t be done',
    (name) => {
      const refuse = () =>
        refuseAbsent({ ...allOf('native'), [name]: 'absent' }, { [name]: 'given' });
      expect(refuse).toThrow(expect.objectContaining({ code: 'Unsupported', retryable: false }));
      expect(refuse).toThrow(/^this store can’t \w+/);
    },
  );

  it.each(['native', 'emulated'] as const)('lets everything pass that is %s', (support) => {
    const asked = Object.fromEntries(NAMES.map((name) => [name, true]));
    expect(() => refuseAbsent(allOf(support), asked)).not.toThrow();
  });

  it.each([undefined, false])('takes %s for not given', (given) => {
    const asked = Object.fromEntries(NAMES.map((name) => [name, given]));
    expect(() => refuseAbsent(allOf('absent'), asked)).not.toThrow();
  });

  it.each([true, '', 0, null, {}])('takes %j for given', (given) => {
    expect(() => refuseAbsent(allOf('absent'), { tags: given })).toThrow(/tags/);
  });

  it('looks only at what was asked for', () => {
    expect(() => refuseAbsent(allOf('absent'), {})).not.toThrow();
    const some = { ...allOf('absent'), tags: 'native' } as const;
    expect(() => refuseAbsent(some, { tags: {} })).not.toThrow();
  });
});
