export { StorageFactory } from '@org/storage';

/** A service of flags, as typed ones are. */
export const flags = {
  getStringValue: async <T extends string>(_name: string, otherwise: T): Promise<T> => otherwise,
};
