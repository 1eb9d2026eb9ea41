import { StorageError, type StorageProvider } from '@org/storage-core';
import type { CustomConfiguration } from '../config/schema/types.js';

/** What a provider of a third party is told beside its settings. */
export interface ProviderContext {
  /** For messages and metrics: the name of the storage, unless the configuration gives another. */
  readonly name: string;
}

/** Makes a provider of its settings: those of the configuration but for `provider`, `name` and `layers`. */
export type CreateProvider = (
  settings: Readonly<Record<string, unknown>>,
  context: ProviderContext,
) => StorageProvider | Promise<StorageProvider>;

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

/** The settings that are the provider’s own. */
export function customSettings(
  configuration: CustomConfiguration,
): Readonly<Record<string, unknown>> {
  const { provider: _, name: __, layers: ___, ...settings } = configuration;
  return settings;
}
