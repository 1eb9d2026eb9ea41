/** A configuration that must not be taken, and what is said of it. */
export interface Wrong {
  readonly yaml: string;
  /** `line:column path message`, a part of each mistake’s text, in their order. */
  readonly says: readonly string[];
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const LOCAL = 'storages:\n  files: { provider: local, root: ./files }\n';
const s3 = (settings: string) =>
  `storages:\n  files:\n    provider: s3\n    bucket: files\n    ${settings}\n`;
const hybrid = (settings: string) =>
  `storages:
  files:
    provider: hybrid
    mode: hybrid
    source: { provider: local, root: ./files }
    target: { provider: s3, bucket: files }
    ${settings}
`;
const layers = (settings: string) =>
  `storages:\n  files:\n    provider: memory\n    layers:\n      ${settings}\n`;

export const WRONG: Readonly<Record<string, Wrong>> = {
  'an empty file': { yaml: '# nothing\n', says: [' is empty'] },
  'a list': { yaml: '- provider: local\n', says: [':1:1 is no map'] },
  'no storages': { yaml: 'default: files\n', says: [':1:1 storages is missing'] },
  'storages without a value': { yaml: 'storages:\n', says: [':1:10 storages has no value'] },
  'no storage': { yaml: 'storages: {}\n', says: [':1:1 storages has no storage'] },
  tabs: { yaml: 'storages:\n\tfiles: {}\n', says: [':2:1 tabs can’t indent'] },
  'an unclosed bracket': {
    yaml: 'storages: {\n  files: {}\n',
    says: [':3:1 the indentation is wrong'],
  },
  'a wrong indentation': {
    yaml: 'storages:\n  files:\n      provider: local\n    root: x\n',
    says: [':4:'],
  },
  'a key twice': {
    yaml: `${LOCAL}default: files\ndefault: others\n`,
    says: [':4:1 the key is there twice'],
  },
  'an alias without an anchor': {
    yaml: 'storages:\n  files: *shared\n',
    says: [':2:10 storages.files an alias (*…) has no anchor'],
  },
  'an unknown tag': { yaml: 'storages: !vault {}\n', says: [':1:11 a tag (!…) is not known'] },
  'a map that contains itself': {
    yaml: 'storages: &all\n  files: *all\n',
    says: ['storages.files contains itself'],
  },
  'two documents': { yaml: `${LOCAL}---\n${LOCAL}`, says: [':3:1 there is a second document'] },
  'a merge of what is no map': {
    yaml: 'storages:\n  files:\n    <<: text\n',
    says: ['merges what is no map'],
  },
  'an unknown key at the top': {
    yaml: `${LOCAL}defualt: files\n`,
    says: [
      ':3:1 defualt is no setting here; did you mean default? (there are: default, plugins, storages',
    ],
  },
  'the default is none of the storages': {
    yaml: `default: file\n${LOCAL}`,
    says: [':1:1 default names no storage that there is; did you mean files?'],
  },
  'a storage without a provider': {
    yaml: 'storages:\n  files:\n    root: ./files\n',
    says: [':2:3 storages.files.provider is missing (there are: local, s3, memory, hybrid)'],
  },
  'an unknown provider': {
    yaml: 'storages:\n  files: { provider: loacl, root: x }\n',
    says: [':2:22 storages.files.provider is none of what it can be; did you mean local?'],
  },
  'a storage that is text': {
    yaml: 'storages:\n  files: ./files\n',
    says: [':2:10 storages.files is text, and not a map'],
  },
  'a name that is none': {
    yaml: 'storages:\n  my files: { provider: memory }\n',
    says: [':2:3 storages["my files"] is no name'],
  },
  'a local storage without its root': {
    yaml: 'storages:\n  files: { provider: local }\n',
    says: [':2:3 storages.files.root is missing; it is text'],
  },
  'an empty root': {
    yaml: "storages:\n  files: { provider: local, root: '' }\n",
    says: [':2:35 storages.files.root is empty'],
  },
  'a misspelt setting of a local storage': {
    yaml: 'storages:\n  files:\n    provider: local\n    root: x\n    createroot: true\n',
    says: [':5:5 storages.files.createroot is no setting here; did you mean createRoot?'],
  },
  'text where a boolean is': {
    yaml: 'storages:\n  files: { provider: local, root: x, createRoot: "yes" }\n',
    says: [':2:50 storages.files.createRoot is text, and not true or false'],
  },
  'another durability': {
    yaml: 'storages:\n  files: { provider: local, root: x, durability: fsnc }\n',
    says: [
      'storages.files.durability is none of what it can be; did you mean fsync? (there are: fsync, relaxed)',
    ],
  },
  'a short secret for URLs': {
    yaml: 'storages:\n  files:\n    provider: memory\n    urls:\n      baseUrl: https://example.com/f\n      keys:\n        - id: one\n          secret: short\n',
    says: [':8:19 storages.files.urls.keys[0].secret has less than 32 bytes'],
  },
  'the same key twice for URLs': {
    yaml: `storages:\n  files:\n    provider: memory\n    urls:\n      baseUrl: https://example.com/f\n      keys:\n        - { id: one, secret: ${'x'.repeat(32)} }\n        - { id: one, secret: ${'y'.repeat(32)} }\n`,
    says: [':6:7 storages.files.urls.keys has an id twice'],
  },
  'no bucket': {
    yaml: 'storages:\n  files: { provider: s3 }\n',
    says: [':2:3 storages.files.bucket is missing'],
  },
  'a bucket with a path': {
    yaml: 'storages:\n  files: { provider: s3, bucket: files/2024 }\n',
    says: [':2:34 storages.files.bucket is not the name of a bucket'],
  },
  'a prefix that can’t begin a key': {
    yaml: s3('prefix: /uploads'),
    says: [':5:13 storages.files.prefix can’t begin a key: it starts with a slash'],
  },
  'a prefix that leads out': {
    yaml: s3('prefix: a/../b'),
    says: ['storages.files.prefix can’t begin a key'],
  },
  'an endpoint without a scheme': {
    yaml: s3('endpoint: localhost:9000'),
    says: [':5:15 storages.files.endpoint is not a URL'],
  },
  'credentials in an endpoint': {
    yaml: s3('endpoint: https://key:hunter2@s3.example.com'),
    says: ['storages.files.endpoint contains credentials; put them under credentials'],
  },
  'an endpoint with a query': {
    yaml: s3('endpoint: https://s3.example.com/?a=b'),
    says: ['has more than a host'],
  },
  'a kind of server that there is not': {
    yaml: s3('server: mino'),
    says: ['storages.files.server is none of what it can be; did you mean minio?'],
  },
  'parts that are too small': {
    yaml: s3('partSize: 1MiB'),
    says: [':5:15 storages.files.partSize is not a size such as'],
  },
  'parts that are too small, in bytes': { yaml: s3('partSize: 1024'), says: ['5MiB to 5GiB'] },
  'parts that are too large': { yaml: s3('partSize: 6GiB'), says: ['5MiB to 5GiB'] },
  'a size in another unit': {
    yaml: s3('downloadPartSize: 8 MiBi'),
    says: ['storages.files.downloadPartSize is not a size'],
  },
  'a size that is a map': {
    yaml: s3('partSize: { mib: 8 }'),
    says: ['storages.files.partSize is not a size'],
  },
  'half a part at once': {
    yaml: s3('concurrency: 1.5'),
    says: [':5:18 storages.files.concurrency is a number, and not a whole number'],
  },
  'no part at once': {
    yaml: s3('concurrency: 0'),
    says: ['storages.files.concurrency is not at least 1'],
  },
  'less connections than parts': {
    yaml: s3('maxSockets: 2\n    concurrency: 3'),
    says: [':5:5 storages.files.maxSockets is 2, less than concurrency (3)'],
  },
  'a threshold below the size of parts': {
    yaml: s3('multipartThreshold: 6MiB'),
    says: ['storages.files.multipartThreshold is less than partSize'],
  },
  'a storage class that there is not': {
    yaml: s3('storageClass: STANDARD_AI'),
    says: ['storageClass is none of what it can be; did you mean STANDARD_IA?'],
  },
  'access control lists for a server without': {
    yaml: s3('acl: private\n    server: minio\n    endpoint: https://minio.example.com'),
    says: [
      ':5:5 storages.files.acl is set, but servers of the kind minio have no access control lists',
    ],
  },
  'access control lists for R2': {
    yaml: s3('acl: private\n    endpoint: https://a.r2.cloudflarestorage.com'),
    says: ['servers of the kind r2 have no access control lists'],
  },
  'an encryption that there is not': {
    yaml: s3('encryption: { type: sse-kmz }'),
    says: ['storages.files.encryption.type is none of what it can be; did you mean sse-kms?'],
  },
  'a key that is none': {
    yaml: s3('encryption: { type: sse-c, key: c2hvcnQ= }'),
    says: ['storages.files.encryption.key is not 32 bytes in base64'],
  },
  'a key in clear to a server': {
    yaml: s3(
      `encryption: { type: sse-c, key: ${Buffer.alloc(32).toString('base64')} }\n    endpoint: http://s3.example.com`,
    ),
    says: [
      'storages.files.encryption is of type sse-c, whose key would go to the endpoint in clear',
    ],
  },
  'half of the credentials': {
    yaml: s3('credentials: { accessKeyId: key }'),
    says: [
      ':5:5 storages.files.credentials.secretAccessKey is missing, and so is secretAccessKeyFile',
    ],
  },
  'a secret and its file': {
    yaml: s3(
      'credentials: { accessKeyId: key, secretAccessKey: a, secretAccessKeyFile: ./secret }',
    ),
    says: ['storages.files.credentials.secretAccessKeyFile is set, and so is secretAccessKey'],
    files: { secret: 'b' },
  },
  'a secret’s file that is not there': {
    yaml: s3('credentials: { accessKeyId: key, secretAccessKeyFile: ./secret }'),
    says: ['secretAccessKeyFile names the file'],
  },
  'a secret’s file that is empty': {
    yaml: s3('credentials: { accessKeyId: key, secretAccessKeyFile: ./secret }'),
    says: ['which is empty'],
    files: { secret: '\n' },
  },
  'a secret’s file that is a directory': {
    yaml: s3('credentials: { accessKeyId: key, secretAccessKeyFile: ./config }'),
    says: ['which is no file'],
  },
  'a secret’s file that is huge': {
    yaml: s3('credentials: { accessKeyId: key, secretAccessKeyFile: ./secret }'),
    says: ['which is too large for a secret'],
    files: { secret: 'x'.repeat(70_000) },
  },
  'credentials and a profile': {
    yaml: s3('credentials: { accessKeyId: key, secretAccessKey: s }\n    profile: work'),
    says: ['storages.files.profile is set, and so are credentials'],
  },
  'a misspelt secret': {
    yaml: s3('credentials: { accessKeyId: key, secretAccesKey: hunter2 }'),
    says: [
      'secretAccessKey is missing',
      ':5:38 storages.files.credentials.secretAccesKey is no setting here; did you mean secretAccessKey?',
    ],
  },
  'a hybrid storage without a target': {
    yaml: 'storages:\n  files:\n    provider: hybrid\n    mode: source\n    source: { provider: memory }\n',
    says: [':2:3 storages.files.target is missing'],
  },
  'a hybrid storage without a mode': {
    yaml: 'storages:\n  files:\n    provider: hybrid\n    source: { provider: memory }\n    target: { provider: memory }\n',
    says: [':2:3 storages.files.mode is missing (there are: source, prepare, hybrid, target)'],
  },
  'a mode that there is not': {
    yaml: hybrid('name: x').replace('mode: hybrid', 'mode: targte'),
    says: [':4:11 storages.files.mode is none of what it can be; did you mean target?'],
  },
  'a hybrid storage of a hybrid one': {
    yaml: hybrid('name: x').replace('provider: s3, bucket: files', 'provider: hybrid'),
    says: [':6:25 storages.files.target.provider is hybrid, which is itself made of two'],
  },
  'a target that is the source': {
    yaml: hybrid('name: x').replace(
      'provider: s3, bucket: files',
      'provider: local, root: ./files/new',
    ),
    says: [':6:5 storages.files.target has the same files as the source'],
  },
  'a registry that is none': {
    yaml: hybrid('fleet: { registry: redis://localhost }'),
    says: ['storages.files.fleet.registry is none of sqlite:FILE, s3://BUCKET/PREFIX, postgres://'],
  },
  'a registry among the files': {
    yaml: hybrid('fleet: { registry: "sqlite:./files/fleet.sqlite" }'),
    says: ['storages.files.fleet.registry lies among the files'],
  },
  'heartbeats that are too slow': {
    yaml: hybrid('fleet: { registry: "memory:", heartbeat: 5m }'),
    says: ['storages.files.fleet.heartbeat is too slow: 3 heartbeats'],
  },
  'a fleet, and word of it': {
    yaml: hybrid('fleet: { registry: "memory:" }\n    handedOver: true'),
    says: [':8:5 storages.files.handedOver is set, and so is fleet'],
  },
  'another failover': {
    yaml: hybrid('failover: { reads: target }'),
    says: ['storages.files.failover.reads is none of what it can be'],
  },
  'a spool over a bucket': {
    yaml: hybrid('spool: { maxBytes: 1GiB, store: { provider: s3, bucket: b } }'),
    says: [
      'storages.files.spool.store.provider is none of what it can be (there are: local, memory)',
    ],
  },
  'a spool without a limit': {
    yaml: hybrid('spool: { store: { provider: memory } }'),
    says: ['storages.files.spool.maxBytes'],
  },
  'a spool in the source': {
    yaml: hybrid('spool: { maxBytes: unlimited, store: { provider: local, root: ./files/spool } }'),
    says: ['storages.files.spool.store lies among the files of the storage'],
  },
  'a spool that a crash empties': {
    yaml: hybrid(
      'spool: { maxBytes: 1GB, store: { provider: local, root: ./spool, durability: relaxed } }',
    ),
    says: ['storages.files.spool.store.durability is relaxed'],
  },
  'a journal in the source': {
    yaml: hybrid('migration: { journal: ./files/journal.sqlite }'),
    says: ['storages.files.migration.journal lies among the files of the source'],
  },
  'a window that is none': {
    yaml: hybrid('migration: { windows: ["22:00-25:00"] }'),
    says: [':7:28 storages.files.migration.windows[0] is not two times of day'],
  },
  'a time zone that is none': {
    yaml: hybrid('migration: { timezone: Europe/Atlantis }'),
    says: ['storages.files.migration.timezone is no time zone'],
  },
  'bounds in the wrong order': {
    yaml: hybrid('migration: { concurrency: 32-4 }'),
    says: [
      'storages.files.migration.concurrency is not a number of files, auto, or bounds such as 4-32',
    ],
  },
  'more failures than files': {
    yaml: hybrid('migration: { maxFailures: 101% }'),
    says: ['storages.files.migration.maxFailures is not a number of files, or a share'],
  },
  'a layer that there is not': {
    yaml: layers('retries: { attempts: 3 }'),
    says: [':5:7 storages.files.layers.retries is no setting here; did you mean retry?'],
  },
  'a time in another unit': {
    yaml: layers('timeout: 30 seconds'),
    says: [':5:16 storages.files.layers.timeout is not a time such as 250ms'],
  },
  'no time': { yaml: layers('timeout: 0s'), says: ['storages.files.layers.timeout is not a time'] },
  'a misspelt setting of a layer': {
    yaml: layers('retry: { atempts: 3 }'),
    says: [':5:16 storages.files.layers.retry.atempts is no setting here; did you mean attempts?'],
  },
  'no attempt': {
    yaml: layers('retry: { attempts: 0 }'),
    says: [':5:26 storages.files.layers.retry.attempts is not at least 1'],
  },
  'an operation that there is not': {
    yaml: layers('timeout: { operations: { uplaod: 5s } }'),
    says: [
      'storages.files.layers.timeout.operations.uplaod is no setting here; did you mean upload?',
    ],
  },
  'a circuit that always opens': {
    yaml: layers('circuitBreaker: { opens: { type: sampling, threshold: 1, duration: 10s } }'),
    says: ['storages.files.layers.circuitBreaker.opens.threshold is not'],
  },
  'a limit of nothing': {
    yaml: layers('bandwidthLimit: 0'),
    says: ['storages.files.layers.bandwidthLimit is not a size'],
  },
  'a folder that no key has': {
    yaml: layers('prefix: a//b'),
    says: ['storages.files.layers.prefix can’t begin a key: it has an empty segment'],
  },
  'a content type that is none': {
    yaml: layers('cacheControl: { images: public }'),
    says: ['storages.files.layers.cacheControl.images is no content type'],
  },
  'a variable that is not set': {
    yaml: 'storages:\n  files: { provider: local, root: "${ROOT}" }\n',
    says: [':2:35 storages.files.root needs the variable ROOT, which is not set'],
  },
  'a reference that is none': {
    yaml: 'storages:\n  files: { provider: local, root: "${my root}" }\n',
    says: [':2:35 storages.files.root has a ${ that begins no variable'],
  },
  'a wrong value from a variable': {
    yaml: s3('concurrency: ${FILES}'),
    env: { FILES: 'many' },
    says: ['storages.files.concurrency is text, and not a number; its value is from ${FILES}'],
  },
  'a number out of bounds from a variable': {
    yaml: s3('concurrency: ${FILES}'),
    env: { FILES: '0' },
    says: [':5:18 storages.files.concurrency is not at least 1; its value is from ${FILES}'],
  },
  'an environment that there is not': {
    yaml: `${LOCAL}environments:\n  produktion: {}\n`,
    environment: 'producktion',
    says: [
      'environments has no environment "producktion", which the option environment names; did you mean produktion?',
    ],
  },
  'environments that are a list': {
    yaml: `${LOCAL}environments: [test]\n`,
    says: [':3:15 environments is no map'],
  },
  'an environment that is text': {
    yaml: `${LOCAL}environments:\n  test: yes\n`,
    says: [':4:3 environments.test is no map'],
  },
  'a misspelt setting in an environment': {
    yaml: `${LOCAL}environments:\n  test:\n    storages:\n      files: { durabilty: relaxed }\n`,
    environment: 'test',
    says: [':6:16 storages.files.durabilty is no setting here; did you mean durability?'],
  },
  'a misspelt storage in an environment': {
    yaml: `${LOCAL}environments:\n  test:\n    storages:\n      flies: { root: ./others }\n`,
    environment: 'test',
    says: [
      ':6:7 storages.flies lies over no storage of that name, and has no provider of its own; did you mean files?',
    ],
  },
  'another provider without its settings': {
    yaml: `${LOCAL}environments:\n  production:\n    storages:\n      files: { provider: s3 }\n`,
    environment: 'production',
    says: [':6:7 storages.files.bucket is missing'],
  },
  'two overlays for an environment': {
    yaml: LOCAL,
    environment: 'test',
    files: { 'config/storage.test.yml': LOCAL, 'config/storage.test.json': '{}' },
    says: [
      'has several configurations for the environment test (there are: storage.test.json, storage.test.yml)',
    ],
  },
  'environments in an overlay': {
    yaml: LOCAL,
    environment: 'test',
    files: { 'config/storage.test.yml': 'environments:\n  production: {}\n' },
    says: ['storage.test.yml:2:3 environments is no setting of a file that is for one environment'],
  },
  'several mistakes': {
    yaml: 'default: photos\nstorages:\n  files: { provider: local, rot: ./files }\n  more: { provider: s3, bucket: b, partSize: 1 }\n',
    says: [
      ':3:3 storages.files.root is missing',
      ':3:29 storages.files.rot is no setting here; did you mean root?',
      ':4:46 storages.more.partSize is not a size',
    ],
  },
};
