import { joinRace } from '@org/storage-testkit/races';
import { type S3StorageOptions, S3StorageProvider } from '../src/index.js';

joinRace((options: S3StorageOptions) => new S3StorageProvider(options));
