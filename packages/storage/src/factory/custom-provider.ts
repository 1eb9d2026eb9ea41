import { StorageError, type StorageProvider } from '@org/storage-core';
import type { CreateProvider, ProviderContext } from '../config/provider.js';
import type { CustomConfiguration } from '../config/types/configuration.js';

/** A schema as of https://standardschema.dev: one of Zod, Valibot, ArkType and others. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export interface ProviderDefinition<Settings> {
  /** A schema, or a function that gives back the settings and throws for wrong ones. */
  readonly settings: StandardSchema<Settings> | ((settings: unknown) => Settings);
  create(settings: Settings, context: ProviderContext): StorageProvider | Promise<StorageProvider>;
}

/** A provider of a third party whose settings are checked before it is made. */
export function defineProvider<Settings>({
  settings,
  create,
}: ProviderDefinition<Settings>): CreateProvider {
  return async (given, context) => {
    if (!isSchema(settings)) return create(settings(given), context);
    const result = await settings['~standard'].validate(given);
    if (result.issues === undefined) return create(result.value, context);
    const mistakes = result.issues.map((issue) => described(issue)).join('; ');
    throw new StorageError(
      'InvalidArgument',
      `the settings of the storage "${context.name}" are wrong: ${mistakes}`,
    );
  };
}

/** A schema may be a function as well. */
function isSchema<Settings>(
  settings: ProviderDefinition<Settings>['settings'],
): settings is StandardSchema<Settings> {
  return '~standard' in settings;
}

function described({ path = [], message }: SchemaIssue): string {
  const place = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}

/**
 * Opens a storage, or a side of one, that has a third party’s provider, without its layers.
 * @param name unless the configuration gives one.
 * @throws StorageError `InvalidArgument` for wrong settings, as `defineProvider` tells them, and if it is no provider; else whatever the
 * third party’s function throws.
 */
export async function customProvider(
  create: CreateProvider,
  configuration: CustomConfiguration,
  name: string,
): Promise<StorageProvider> {
  const { provider: kind, name: given, layers: _, ...settings } = configuration;
  const provider: unknown = await create(settings, { name: given ?? name });
  if (isProvider(provider)) return provider;
  throw new StorageError(
    'InvalidArgument',
    `the function that is registered for the provider "${kind}" did not give a StorageProvider`,
  );
}

function isProvider(value: unknown): value is StorageProvider {
  return typeof value === 'object' && value !== null && 'upload' in value && 'close' in value;
}
