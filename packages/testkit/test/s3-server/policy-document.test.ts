import { describe, expect, it } from 'vitest';
import { matchesWildcard } from '../../src/s3-server/wildcard.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const running = useServer();

describe('a document that is no policy', () => {
  const statement = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject' };
  it.each<[unknown, string]>([
    ['{', "Policies must be valid JSON and the first byte must be '{'"],
    [[], "Policies must be valid JSON and the first byte must be '{'"],
    [{}, 'Missing required field Statement'],
    [{ Statement: [] }, 'Could not parse the policy: Statement is empty!'],
    [{ Version: '2020-01-01', Statement: [] }, 'The policy must contain a valid version string'],
    [{ Statement: [], More: 1 }, 'Unknown field More'],
    [
      { Statement: [{ ...statement, Resource: '@/*', Effect: 'Perhaps' }] },
      'Invalid effect: Perhaps',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Effect: undefined }] },
      'Missing required field Effect',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Principal: undefined }] },
      'Missing required field Principal',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Principal: 'me' }] },
      'Invalid principal in policy',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Principal: { AWS: 'me' } }] },
      'Invalid principal in policy',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Action: undefined }] },
      'Missing required field Action',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Action: 'ec2:Run' }] },
      'Policy has invalid action',
    ],
    [{ Statement: [statement] }, 'Missing required field Resource'],
    [
      { Statement: [{ ...statement, Resource: 'arn:aws:s3:::other/*' }] },
      'Policy has invalid resource',
    ],
    [{ Statement: [{ ...statement, Resource: '/*' }] }, 'Policy has invalid resource'],
    [
      { Statement: [{ ...statement, Resource: '@' }] },
      'Action does not apply to any resource(s) in statement',
    ],
    [
      { Statement: [{ ...statement, Action: 's3:ListBucket', Resource: '@/*' }] },
      'Action does not apply to any resource(s) in statement',
    ],
    [
      {
        Statement: [{ ...statement, Resource: '@/*', Condition: { Like: { 'aws:Referer': 'x' } } }],
      },
      'Invalid Condition type : Like',
    ],
    [
      { Statement: [{ ...statement, Resource: '@/*', Condition: { Bool: { when: 'x' } } }] },
      'Policy has an invalid condition key',
    ],
  ])('is refused: %j', async (document, message) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const body = text.replaceAll('@', 'arn:aws:s3:::photos');
    const answer = await send(running.server, {
      method: 'PUT',
      path: '/photos',
      query: { policy: '' },
      body,
    });
    expect(answer).toMatchObject({ status: 400, code: 'MalformedPolicy' });
    expect(answer.body.replaceAll('&apos;', "'")).toContain(`<Message>${message}</Message>`);
  });
});

describe('a wildcard', () => {
  it.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*', 'a', true],
    ['a?', 'a', false],
    ['*b*d', 'abcbd', true],
    ['*b*d', 'abcbdx', false],
    ['a.c', 'abc', false],
    ['**?', 'x', true],
  ])('%s on "%s": %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  it('is not made slow by many of them', () => {
    expect(matchesWildcard(`${'*a'.repeat(40)}b`, 'a'.repeat(20_000))).toBe(false);
  }, 2000);
});
