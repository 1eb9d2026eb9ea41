export { type LocalStorageOptions, LocalStorageProvider } from './local-storage.js';
