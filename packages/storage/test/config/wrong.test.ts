import { describe, expect, it } from 'vitest';
import { load, refusal } from './project.js';
import { WRONG } from './wrong.js';

describe('a configuration is refused, with the place and the reason', () => {
  it.each(Object.entries(WRONG))('%s', async (_, { yaml, says, environment, env, files }) => {
    const { code, message, mistakes } = await refusal(
      load({ 'config/storage.yml': yaml, ...files }, { environment, env: env ?? {} }),
    );
    expect(code).toBe('InvalidArgument');
    for (const part of says) expect(message).toContain(part);
    expect(mistakes.map(({ message }) => message)).toHaveLength(says.length);
    expect(message).not.toContain('hunter2');
  });
});
