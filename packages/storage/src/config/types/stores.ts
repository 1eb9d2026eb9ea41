import type { LayersConfiguration, LayersInput } from './layers.js';
import type { Optional } from './units.js';

interface LocalSettings
  extends Optional<{
    /** For messages and metrics. */
    name: string;
    /** Makes the root if it does not exist. */
    createRoot: boolean;
    /** Whether a crash of the machine may lose what was acknowledged (`relaxed`). */
    durability: 'fsync' | 'relaxed';
    /** What becomes of deleted files. */
    deleted: 'remove' | 'trash';
    /** Directory of the trash, on the file system of the root. */
    trash: string;
  }> {
  readonly provider: 'local';
  /** Directory that holds the files. */
  readonly root: string;
}

export interface LocalInput extends LocalSettings {
  readonly urls?: UrlsInput | undefined;
  readonly layers?: LayersInput | undefined;
}

export interface LocalConfiguration extends LocalSettings {
  readonly urls?: UrlsConfiguration | undefined;
  readonly layers?: LayersConfiguration | undefined;
}

interface MemorySettings
  extends Optional<{
    /** For messages and metrics. */
    name: string;
    /** Keeps what is overwritten or deleted. */
    versions: boolean;
  }> {
  readonly provider: 'memory';
}

export interface MemoryInput extends MemorySettings {
  readonly urls?: UrlsInput | undefined;
  readonly layers?: LayersInput | undefined;
}

export interface MemoryConfiguration extends MemorySettings {
  readonly urls?: UrlsConfiguration | undefined;
  readonly layers?: LayersConfiguration | undefined;
}

/** Signed URLs of a store that has none of its own. The first key signs, all of them verify. */
interface UrlsInput {
  readonly baseUrl: string;
  readonly keys: readonly ({ readonly id: string } & Optional<{
    secret: string;
    /** Path of a file with the secret. */
    secretFile: string;
  }>)[];
}

interface UrlsConfiguration {
  readonly baseUrl: string;
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
}
