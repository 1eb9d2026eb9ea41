import { MemoryStorageProvider } from '@org/storage-core';

export { StorageFactory } from '@org/storage';
export { z } from 'zod';

export const pdf = Buffer.from('%PDF-1.7 a report');
/** A service of flags, as typed ones are. */
export const features = {
  getStringValue: async <T extends string>(_name: string, otherwise: T): Promise<T> => otherwise,
};
export const logger = { info(_event: object, _text: string): void {} };

export class GcsStorageProvider extends MemoryStorageProvider {
  constructor({ name }: { readonly bucket: string; readonly name: string }) {
    super({ name });
  }
}
