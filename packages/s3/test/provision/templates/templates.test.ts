import {
  cloudFormationTemplate,
  type Infrastructure,
  iamPolicy,
  migratorGuard,
  terraformConfiguration,
} from '@org/storage-s3/provision';
import { describe, expect, it } from 'vitest';
import { mistakesIn } from './resource-schema.js';
import { SETTINGS } from './setting.js';
import { mistakesInTerraform } from './terraform-mistakes.js';
import { TERRAFORM_SCHEMA } from './terraform-schema.js';

const GIVEN: Infrastructure = {
  bucket: 'uploads-of-mine',
  region: 'eu-central-1',
  settings: SETTINGS,
  roles: [
    { role: 'application', prefix: 'files', mode: 'hybrid', trusts: 'ecs-tasks.amazonaws.com' },
    {
      ...{ role: 'migrator', prefix: 'files', trusts: 'arn:aws:iam::123456789012:role/deploy' },
      ...{ guard: true, features: { fleet: 'ops/.fleet' } },
    },
    { role: 'readonly', prefix: '$' + '{x}' },
    { role: 'readonly' },
    { role: 'provisioner' },
  ],
};

/** What the bucket denies its migrator. */
const GUARD = migratorGuard('arn:aws:iam::123456789012:role/migrator', {
  ...{ bucket: GIVEN.bucket, region: GIVEN.region, prefix: 'files', fleet: 'ops/.fleet' },
});

describe('the template for CloudFormation', () => {
  const template = cloudFormationTemplate(GIVEN);

  it('has the properties that its resources have, of their types', () => {
    expect(mistakesIn(template)).toEqual([]);
  });

  it('refers to what is there', () => {
    const names = Object.keys(template.Resources);
    const references = JSON.stringify(template).matchAll(/"(?:Ref":|Fn::GetAtt":\[)"(\w+)"/g);
    for (const [, name] of references) expect(names).toContain(name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]+$/);
  });

  it('has the policies that iamPolicy makes, and one role for whoever is trusted', () => {
    expect(template.Resources['Application']).toBeUndefined();
    expect(template.Resources['ApplicationPolicy']?.Properties['PolicyDocument']).toEqual(
      iamPolicy('application', {
        ...{ bucket: GIVEN.bucket, region: GIVEN.region, prefix: 'files', mode: 'hybrid' },
      }),
    );
    expect(Object.keys(template.Resources).sort()).toEqual([
      ...['ApplicationPolicy', 'ApplicationRole', 'Bucket', 'BucketPolicy', 'MigratorPolicy'],
      ...['MigratorRole', 'ProvisionerPolicy', 'Readonly2Policy', 'ReadonlyPolicy'],
    ]);
  });

  it('has the bucket guard against the role of the migrator that is made with it', () => {
    const { PolicyDocument } = template.Resources['BucketPolicy']?.Properties ?? {};
    expect(PolicyDocument).toMatchObject({
      Statement: expect.arrayContaining(
        GUARD.map(({ Principal: _, ...statement }) => ({
          ...statement,
          Principal: { AWS: { 'Fn::GetAtt': ['MigratorRole', 'Arn'] } },
        })),
      ),
    });
  });

  it('keeps the bucket when the stack goes', () => {
    expect(template.Resources['Bucket']).toMatchObject({
      ...{ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    });
  });

  it('is a template, too, of a bucket of which nothing is said', () => {
    const least = cloudFormationTemplate({ bucket: 'plain', region: 'us-east-1' });
    expect(mistakesIn(least)).toEqual([]);
    expect(Object.keys(least.Resources)).toEqual(['Bucket', 'BucketPolicy']);
  });
});

describe('the configuration for Terraform', () => {
  const configuration = terraformConfiguration(GIVEN);
  const text = JSON.stringify(configuration);

  it('has the arguments that its resources have, of their types', () => {
    expect(mistakesInTerraform(configuration)).toEqual([]);
    const types = Object.keys(configuration.resource).sort();
    expect(types).toEqual(Object.keys(TERRAFORM_SCHEMA).sort()); // each is looked at
  });

  it('refers to what is there, and to nothing else', () => {
    const references = [...text.matchAll(/(?<!\$)\$\{(\w+)\.(\w+)\.\w+\}/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, type = '', name = ''] of references)
      expect(configuration.resource[type]).toHaveProperty(name);
    for (const [expression] of text.matchAll(/(?<!\$)\$\{[^}]*\}?/g))
      expect(expression).toMatch(/^\$\{\w+\.\w+\.\w+\}$/);
  });

  it('writes what is an expression to Terraform as text', () => {
    expect(text).toContain('$${$}{x}/');
  });

  it('has the bucket guard against the role of the migrator that is made with it', () => {
    const { policy } = configuration.resource['aws_s3_bucket_policy']?.['bucket'] ?? {};
    const { Statement }: { Statement: unknown } = JSON.parse(String(policy));
    const AWS = '$' + '{aws_iam_role.migrator.arn}';
    expect(Statement).toEqual(
      expect.arrayContaining(GUARD.map((statement) => ({ ...statement, Principal: { AWS } }))),
    );
  });

  it('does not let the bucket be destroyed', () => {
    expect(configuration.resource['aws_s3_bucket']?.['bucket']).toMatchObject({
      lifecycle: { prevent_destroy: true },
    });
  });
});

describe('infrastructure that makes no sense', () => {
  it.each<[string, Partial<Infrastructure>, RegExp]>([
    ['another region than the settings', { settings: { region: 'us-west-2' } }, /us-west-2/],
    [
      'a guard against a role that is not made here',
      { roles: [{ role: 'migrator', guard: true }] },
      /say who may take it \(trusts\)/,
    ],
    [
      'a guard against the application',
      { roles: [{ role: 'application', trusts: 'ecs-tasks.amazonaws.com', guard: true }] },
      /guards against a migrator’s role/,
    ],
    [
      'trust in nobody in particular',
      { roles: [{ role: 'readonly', trusts: '*' }] },
      /neither a service/,
    ],
    ['settings that are wrong', { settings: { tags: { 'aws:x': '1' } } }, /aws:/],
  ])('is refused for %s', (_, changes, message) => {
    for (const make of [cloudFormationTemplate, terraformConfiguration])
      expect(() => make({ ...GIVEN, ...changes })).toThrow(
        expect.objectContaining({
          code: 'InvalidArgument',
          message: expect.stringMatching(message),
        }),
      );
  });
});
