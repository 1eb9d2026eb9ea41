/** What a starter can begin with. */
export const STARTERS = ['local', 's3', 'hybrid'] as const;

export type Starter = (typeof STARTERS)[number];

const HEAD = `# Storages of this application. Values can come from the environment: \${NAME}, \${NAME:-default}.
# Check it:    storage config validate
# Look at it:  storage config show --environment production
`;

const LOCAL = `storages:
  uploads:
    provider: local
    root: ./var/uploads        # from the directory that holds config/
    createRoot: true
    # durability: fsync        # relaxed: faster; a crash of the machine may lose the latest files
    # deleted: trash           # deleted files can be restored; default: remove
    layers:
      timeout: 30s
      # readOnly: true
`;

const S3 = `storages:
  uploads:
    provider: s3
    bucket: \${UPLOADS_BUCKET:-my-uploads}
    region: eu-central-1
    # prefix: uploads          # all keys are below it
    # endpoint: https://s3.example.com     # another server than Amazon's, and its kind:
    # server: minio                        # aws, r2, minio, ceph or generic
    # credentials:             # default: the SDK's chain (environment, profile, container, instance)
    #   accessKeyId: \${UPLOADS_KEY}
    #   secretAccessKeyFile: /run/secrets/uploads
    layers:
      timeout: { milliseconds: 30s, uploadIdle: 1m }
      retry: { attempts: 3 }
`;

const HYBRID = `storages:
  uploads:
    provider: hybrid
    mode: source               # then prepare, hybrid, target; read again while the application runs
    source:
      provider: local
      root: ./var/uploads      # from the directory that holds config/
      createRoot: true
    target:
      provider: s3
      bucket: \${UPLOADS_BUCKET:-my-uploads}
      region: eu-central-1
      # credentials:           # default: the SDK's chain (environment, profile, container, instance)
      #   accessKeyId: \${UPLOADS_KEY}
      #   secretAccessKeyFile: /run/secrets/uploads
    fleet:
      registry: sqlite:./var/fleet.sqlite  # for several hosts: s3://BUCKET or postgres://…
    # failover: { reads: source }          # reads go on where the target does not answer
    migration:
      journal: ./var/journal.sqlite
      # bandwidth: 20MiB
      # windows: ['22:00-05:30']
    layers:
      retry: { attempts: 3 }
`;

const TAIL = `
environments:
  test:
    storages:
      uploads: { provider: memory }
  production: {}               # what differs there
`;

const BODIES: Readonly<Record<Starter, string>> = { local: LOCAL, s3: S3, hybrid: HYBRID };

/** A commented configuration to begin with, as YAML. */
export function starterConfiguration(starter: Starter): string {
  return `${HEAD}\n${BODIES[starter]}${TAIL}`;
}
