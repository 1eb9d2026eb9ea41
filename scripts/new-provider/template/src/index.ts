export { providers } from './plugin.js';
export { type ExampleStorageOptions, ExampleStorageProvider } from './provider.js';
