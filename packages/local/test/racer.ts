import { joinRace } from '@org/storage-testkit/races';
import { type LocalStorageOptions, LocalStorageProvider } from '../src/index.js';

joinRace((options: LocalStorageOptions) => new LocalStorageProvider(options));
