import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  applyBucket,
  cloudFormationTemplate,
  planBucket,
  terraformConfiguration,
} from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mistakesIn } from './resource-schema.js';
import { anySettings } from './setting.js';
import { mistakesInTerraform } from './terraform-mistakes.js';

describe('the template and what provisioning does', () => {
  it('are the same for any settings', async () => {
    const server = await startS3Server();
    const { endpoint, region, credentials } = server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    onTestFinished(async () => {
      client.destroy();
      await server.close();
    });
    let number = 0;
    await fc.assert(
      fc.asyncProperty(anySettings, async (settings) => {
        const Bucket = `bucket-${++number}`;
        const template = cloudFormationTemplate({ bucket: Bucket, region, settings });
        expect(mistakesIn(template)).toEqual([]);
        const terraform = terraformConfiguration({ bucket: Bucket, region, settings });
        expect(mistakesInTerraform(terraform)).toEqual([]);
        const server = 'aws';
        await applyBucket(client, await planBucket(client, Bucket, settings, { server }));
        const found = await look(client, Bucket);
        const { Properties = {} } = template.Resources['Bucket'] ?? {};
        const { Tags = [], LifecycleConfiguration, CorsConfiguration } = Properties;
        expect(Properties['PublicAccessBlockConfiguration']).toEqual(found.publicAccess);
        expect(Tags).toEqual(found.tags);
        expect(daysIn(LifecycleConfiguration)).toEqual(daysIn(found.lifecycle));
        expect(originsIn(CorsConfiguration)).toEqual(originsIn(found.cors));
      }),
      { numRuns: 6 },
    );
  });
});

async function look(client: S3Client, Bucket: string) {
  const or = async <T>(answer: Promise<T>) => answer.catch(() => undefined); // none is configured
  const publicAccess = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
  return {
    publicAccess: publicAccess.PublicAccessBlockConfiguration,
    tags: (await or(client.send(new GetBucketTaggingCommand({ Bucket }))))?.TagSet ?? [],
    lifecycle: (await or(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))))
      ?.Rules,
    cors: (await or(client.send(new GetBucketCorsCommand({ Bucket }))))?.CORSRules,
  };
}

/** All numbers, names and prefixes of rules, in whatever words they are put. */
function daysIn(rules: unknown): readonly string[] {
  const text = JSON.stringify(rules ?? []);
  return [...text.matchAll(/"(?:I[Dd])":"([^"]+)"|:(\d+)|"(?:Prefix)":"([^"]+)"/g)]
    .map(([, id, count, prefix]) => id ?? count ?? prefix ?? '')
    .sort();
}

function originsIn(rules: unknown): readonly string[] {
  return [...JSON.stringify(rules ?? []).matchAll(/https?:\/\/[^"]+|"(?:GET|PUT|POST|HEAD)"|:\d+/g)]
    .map(([found]) => found)
    .sort();
}
