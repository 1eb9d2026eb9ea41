import type { Body, OperationContext, OperationOptions } from '@org/storage-core';

/** Runs one operation of the provider. */
export type Run = <T>(
  operation: string,
  key: string | undefined,
  options: OperationOptions,
  run: (context: OperationContext) => Promise<T>,
  body?: Body,
) => Promise<T>;
