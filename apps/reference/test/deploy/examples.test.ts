import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isCustom, loadConfiguration } from '@org/storage';
import { parseDuration } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSettings } from '../../src/server/settings.js';
import {
  compose,
  deploy,
  dockerfile,
  environments,
  imageEnvironment,
  manifest,
  manifests,
  parsed,
  pod,
  textOf,
  unit,
  yamlErrors,
} from './examples.js';

const files = readdirSync(deploy, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.includes('/secrets'))
  .map((entry) => join(entry.parentPath, entry.name).slice(deploy.pathname.length));

const server = new URL('../../src/server/', import.meta.url);
const port = imageEnvironment['PORT'] ?? '';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The secrets, as the script makes them. */
function madeSecrets(): string {
  const directory = temporaryDirectory();
  copyFileSync(new URL('make-secrets.sh', deploy), join(directory, 'make-secrets.sh'));
  execFileSync('sh', [join(directory, 'make-secrets.sh')]);
  return join(directory, 'secrets');
}

it.each(files.filter((file) => /\.ya?ml$/.test(file)))('%s is YAML', (file) => {
  expect(yamlErrors(file)).toEqual([]);
});

describe.each(Object.entries(environments))('the environment of %s', (_, environment) => {
  it('has variables that the application knows, or its configuration', () => {
    const settings = readFileSync(new URL('settings.ts', server), 'utf8');
    const known = new Set([...settings.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name));
    expect(known.size).toBeGreaterThan(10);
    const secrets = /SECRETS = \[(.*?)\]/.exec(settings)?.[1] ?? '';
    for (const [, name] of secrets.matchAll(/'(\w+)'/g)) known.add(`${name}_FILE`);
    for (const [, name] of textOf('config/storage.yml').matchAll(/\$\{(\w+)/g)) known.add(name);
    known.add('NODE_ENV');
    for (const name of Object.keys(environment)) expect([...known]).toContain(name);
  });

  it('starts it in production, with the configuration and the secrets that are made', async () => {
    const secrets = madeSecrets();
    const env = Object.fromEntries(
      Object.entries({ ...environment, SECRETS_DIRECTORY: secrets }).map(([name, value]) => [
        name,
        value.replace('/run/secrets', secrets),
      ]),
    );
    const { host, publicUrl, admin, metricsToken, storage } = readSettings(env);
    expect({ host, storage }).toEqual({ host: environment['HOST'], storage: 'uploads' });
    expect(publicUrl).toBe(environment['PUBLIC_URL']);
    expect(admin?.password.length).toBeGreaterThan(20);
    expect(metricsToken?.length).toBeGreaterThan(20);
    const file = join(temporaryDirectory(), 'config', 'storage.yml');
    mkdirSync(dirname(file));
    writeFileSync(file, textOf('config/storage.yml'));
    const { configuration } = await loadConfiguration({ file, env });
    const { uploads } = configuration.storages;
    if (uploads === undefined || isCustom(uploads) || uploads.provider !== 'hybrid')
      throw new Error('it is to have a hybrid storage, uploads');
    expect(uploads.fleet?.registry).toMatch(/^postgres:/);
    expect(uploads.migration?.journal).toMatch(/^postgres:/);
  });

  it('goes by the port of the image', () => {
    expect(environment['PORT']).toBe(port);
  });
});

it('every secret of the compose file is made by the script, and used', () => {
  const made = readdirSync(madeSecrets());
  expect(made.sort()).toEqual(Object.keys(compose.secrets).sort());
  for (const [name, { file }] of Object.entries(compose.secrets))
    expect(file).toBe(`./secrets/${name}`);
  const used = new Set(Object.values(compose.services).flatMap(({ secrets = [] }) => secrets));
  expect([...used].sort()).toEqual(made);
  const named = [...JSON.stringify(compose.services).matchAll(/\/run\/secrets\/(\w+)/g)];
  for (const [, name] of named) expect(made).toContain(name);
  expect(unit('LoadCredential').map((text) => text.split(':')[0])).toEqual(
    expect.arrayContaining(compose.services['app']?.secrets?.toSorted() ?? []),
  );
});

it('no file holds a secret', () => {
  expect(textOf('.gitignore')).toContain('secrets/\n');
  expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
  const given = [
    ...Object.values(compose.services).map(({ environment = {} }) => environment),
    ...Object.values(environments),
  ].flatMap((environment) => Object.entries(environment));
  for (const [name, value] of given) {
    const secret = /PASSWORD|SECRET|TOKEN|CREDENTIAL|DATABASE_URL/.test(name);
    if (secret) expect(value, name).toMatch(/^\/run\/secrets/);
  }
  const words = files.map(textOf).join('\n');
  expect(words).not.toMatch(/:\/\/\w+:[^@%\s$]+@/); // a password in an address
  expect(words).not.toMatch(/-----BEGIN|\b(password|secretAccessKey|token): +[^$\s{]/i);
});

it('images are named by their version', () => {
  const froms = dockerfile.filter(({ instruction }) => instruction === 'FROM');
  const images = [
    ...froms.map(({ value }) => value.split(' ')[0] ?? ''),
    ...Object.values(compose.services).map(({ image }) => image),
    pod().container.image,
  ];
  expect(images.length).toBeGreaterThan(8);
  for (const image of images) expect(image).toMatch(/:(v|RELEASE\.)?\d[\w.-]*$/);
  expect(new Set(froms.map(({ value }) => value.split(' ')[0])).size).toBe(1);
});

it('the image runs node itself, as a user without rights, and is asked how it is', () => {
  const last = dockerfile.slice(
    dockerfile.findLastIndex(({ instruction }) => instruction === 'FROM'),
  );
  const of = (name: string) =>
    last.filter(({ instruction }) => instruction === name).map(({ value }) => value);
  expect(of('USER')).toEqual(['1000:1000']);
  expect(JSON.parse(of('CMD')[0] ?? '')).toEqual(['node', 'dist/server.js']);
  expect(of('EXPOSE')).toEqual([port]);
  expect(of('HEALTHCHECK')[0]).toContain(`http://127.0.0.1:${port}/healthz`);
  const built = readFileSync(new URL('../../tsup.config.ts', import.meta.url), 'utf8');
  expect(built).toContain("server: 'src/server/main.ts'");
  expect(unit('ExecStart')).toEqual(['/usr/bin/node dist/server.js']);
});

it('ports and paths agree', () => {
  const routes = readFileSync(new URL('health.ts', server), 'utf8');
  const { container } = pod();
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
  const [http] = container.ports;
  expect(http).toEqual({ name: 'http', containerPort: Number(port) });
  for (const { httpGet } of probes) expect(httpGet.port).toBe('http');
  expect(manifest('Service').spec?.ports?.[0]?.targetPort).toBe('http');
  const { app, prometheus, grafana } = compose.services;
  expect(app?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(app?.healthcheck?.test?.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`);
  interface Scraped {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly metrics_path: string;
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  }
  const { rule_files, scrape_configs } = parsed<Scraped>(textOf('prometheus/prometheus.yml'));
  expect(scrape_configs[0]?.static_configs[0]?.targets).toEqual([`app:${port}`]);
  for (const path of ['/healthz', '/readyz', scrape_configs[0]?.metrics_path])
    expect(routes).toContain(`app.get('${path}'`);
  const rules = prometheus?.volumes?.find((volume) => volume.endsWith(':/etc/prometheus/rules:ro'));
  const name = rule_files[0]?.slice('/etc/prometheus/rules'.length);
  expect(existsSync(new URL(`${rules?.split(':')[0]}${name}`, deploy))).toBe(true);
  const place = /path: ([^ ]+)/.exec(textOf('grafana/dashboards/storage.yml'))?.[1];
  const boards = grafana?.volumes?.find((volume) => volume.endsWith(`:${place}:ro`));
  expect(readdirSync(new URL(`${boards?.split(':')[0]}/`, deploy))).toContain('storage.json');
});

it('what is mounted is there, and the places of the configuration can be written to', () => {
  for (const { volumes = [] } of Object.values(compose.services))
    for (const volume of volumes) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('.')) expect(existsSync(new URL(from, deploy)), from).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(from);
    }
  const places = [...textOf('config/storage.yml').matchAll(/root: ([^, }]+)/g)].map(
    ([, path]) => path,
  );
  expect(places.length).toBe(2);
  const { spec, container } = pod();
  expect(container.volumeMounts.map(({ name }) => name)).toEqual(
    spec.volumes.map(({ name }) => name),
  );
  const writable = {
    compose: compose.services['app']?.volumes?.map((volume) => volume.split(':')[1] ?? '') ?? [],
    kubernetes: container.volumeMounts.map(({ mountPath }) => mountPath),
    systemd: [
      ...unit('StateDirectory').map((name) => `/var/lib/${name}`),
      ...unit('ReadWritePaths'),
    ],
  };
  for (const [where, given] of Object.entries(writable))
    for (const place of places)
      expect(
        given.some((path) => `${place}/`.startsWith(`${path}/`)),
        `${where} ${place}`,
      ).toBe(true);
});

it('every service of the compose file is asked how it is, but for the one that ends', () => {
  for (const [name, { healthcheck }] of Object.entries(compose.services)) {
    if (name === 'bucket') expect(healthcheck).toEqual({ disable: true });
    else expect(healthcheck?.test?.[0], name).toBe('CMD');
  }
});

it('the pods have the configuration that all have', () => {
  const inside = manifest('ConfigMap').data?.['storage.yml'] ?? '';
  expect(parsed(inside)).toEqual(parsed(textOf('config/storage.yml')));
});

it('nobody is killed before requests have ended, and no request lasts as long as the fleet waits', () => {
  const { spec, container } = pod();
  const grace = spec.terminationGracePeriodSeconds;
  const [sleep, time] = container.lifecycle.preStop.exec.command;
  expect(sleep).toBe('sleep');
  expect(grace - Number(time)).toBeGreaterThanOrEqual(300);
  expect(compose.services['app']?.stop_grace_period).toBe(`${grace}s`);
  expect(unit('TimeoutStopSec')).toEqual([`${grace}`]);
  const drain = /drain: (\w+)/.exec(textOf('config/storage.yml'))?.[1] ?? '';
  expect(grace * 1000).toBeLessThan(parseDuration(drain) ?? 0);
});

it('pods go one after the other, and have no rights', () => {
  const { template, spec, container } = pod();
  const deployment = manifest('Deployment').spec;
  expect(deployment?.strategy?.rollingUpdate.maxUnavailable).toBe(0);
  const matchLabels = template.metadata.labels;
  expect(deployment?.selector).toEqual({ matchLabels });
  expect(manifest('Service').spec?.selector).toEqual(matchLabels);
  const budget = manifest('PodDisruptionBudget').spec;
  expect(budget?.selector).toEqual({ matchLabels });
  expect(budget?.maxUnavailable).toBeLessThan(deployment?.replicas ?? 0);
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(container.securityContext).toEqual({
    ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    capabilities: { drop: ['ALL'] },
  });
  expect(compose.services['app']?.read_only).toBe(true);
});
