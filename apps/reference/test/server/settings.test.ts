import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/server/settings.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://app@db/app',
  SESSION_SECRET: 'x'.repeat(32),
  PUBLIC_URL: 'https://files.example.org',
};

describe('settings', () => {
  it('have defaults for development, with a secret of their own', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      port: 3000,
      publicUrl: 'http://127.0.0.1:3000',
      uploads: { types: [] },
    });
    expect(settings.secret).not.toBe(readSettings({}).secret);
  });

  it('are refused in production where something is missing', () => {
    expect(() => readSettings({ NODE_ENV: 'production' })).toThrow(
      'DATABASE_URL is missing; SESSION_SECRET is missing; PUBLIC_URL is missing',
    );
    expect(readSettings(PRODUCTION)).toMatchObject({ publicUrl: 'https://files.example.org' });
  });

  it('tell all mistakes at once, and no secret', () => {
    const wrong = { ...PRODUCTION, SESSION_SECRET: 'hunter2', PORT: 'x', UPLOAD_MAX_SIZE: 'big' };
    const told = () => readSettings(wrong);
    expect(told).toThrow(/PORT.*; SESSION_SECRET.*; UPLOAD_MAX_SIZE/);
    expect(told).not.toThrow(/hunter2/);
  });

  it('take sizes, lists of types and what else there is', () => {
    const given = { UPLOAD_MAX_SIZE: '5MiB', UPLOAD_TYPES: 'image/*, application/pdf' };
    expect(readSettings(given).uploads).toEqual({
      maxBytes: 5 * 2 ** 20,
      types: ['image/*', 'application/pdf'],
    });
  });
});
