import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';

export const deploy = new URL('../../deploy/', import.meta.url);

export const textOf = (file: string) => readFileSync(new URL(file, deploy), 'utf8');

export const yamlErrors = (file: string) =>
  parseAllDocuments(textOf(file)).flatMap(({ errors }) => errors.map(String));

export const parsed = <T>(text: string) => parse(text) as T;

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const compose = parsed<Compose>(textOf('compose.yml'));

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: {
    readonly preStop: { readonly exec: { readonly command: readonly string[] } };
  };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly maxUnavailable?: number;
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly strategy?: { readonly rollingUpdate: { readonly maxUnavailable: number } };
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

export const manifests = textOf('kubernetes/app.yaml')
  .split(/^---$/m)
  .map((text) => parsed<Manifest>(text));

export function manifest(kind: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Error(`${found.length} manifests of ${kind}`);
  return one;
}

export function pod() {
  const template = manifest('Deployment').spec?.template;
  const [container, ...others] = template?.spec.containers ?? [];
  if (template === undefined || container === undefined || others.length > 0)
    throw new Error('the deployment is to have one container');
  return { template, spec: template.spec, container };
}

/** Values of a setting of the unit, in the order in which they stand. */
export const unit = (setting: string) =>
  [
    ...textOf('systemd/storage-reference.service').matchAll(new RegExp(`^${setting}=(.*)$`, 'gm')),
  ].map(([, value = '']) => value);

/** Instructions of the Dockerfile, with their continued lines. */
export const dockerfile = textOf('Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [instruction = '', ...rest] = line.split(' ');
    return { instruction, value: rest.join(' ') };
  });

const pairs = (texts: readonly string[]) =>
  Object.fromEntries(
    texts.flatMap((text) =>
      text.split(' ').map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)] as const;
      }),
    ),
  );

/** What the application finds in its environment, by where it is deployed; `/run/secrets` is where its secrets are. */
export const environments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  compose: compose.services['app']?.environment ?? {},
  kubernetes: Object.fromEntries(pod().container.env.map(({ name, value }) => [name, value])),
  systemd: pairs(unit('Environment').map((text) => text.replaceAll('%d', '/run/secrets'))),
};

export const imageEnvironment = pairs(
  dockerfile.filter(({ instruction }) => instruction === 'ENV').map(({ value }) => value),
);
