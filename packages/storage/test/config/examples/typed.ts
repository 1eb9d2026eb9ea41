import { defineConfiguration } from '@org/storage';

export default defineConfiguration(({ environment, env }) => ({
  storages: {
    uploads: {
      provider: 'hybrid',
      mode: environment === 'production' ? 'hybrid' : 'source',
      source: { provider: 'local', root: './var/uploads' },
      target: {
        provider: 's3',
        bucket: env['UPLOADS_BUCKET'] ?? 'my-uploads',
        partSize: '16MiB',
        layers: { timeout: '30s' },
      },
    },
  },
  environments: {
    test: { storages: { uploads: { provider: 'memory' } } },
    production: { storages: { uploads: { target: { layers: { retry: { attempts: 5 } } } } } },
  },
}));
