import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { configuration } from '../../src/config/schema/configuration.js';
import type { custom } from '../../src/config/schema/custom.js';
import type { hybrid } from '../../src/config/schema/hybrid.js';
import type { layers } from '../../src/config/schema/layers.js';
import type { local } from '../../src/config/schema/local.js';
import type { memory } from '../../src/config/schema/memory.js';
import type { s3 } from '../../src/config/schema/s3.js';
import type { HybridInput } from '../../src/config/types/hybrid.js';
import type { LayersInput } from '../../src/config/types/layers.js';
import type { S3Input } from '../../src/config/types/s3.js';
import type { LocalInput, MemoryInput } from '../../src/config/types/stores.js';
import type { flags } from '../../src/factory/flags.js';
import type {
  Configuration,
  CustomConfiguration,
  HybridConfiguration,
  LayersConfiguration,
  LocalConfiguration,
  MemoryConfiguration,
  S3Configuration,
  StorageFlags,
} from '../../src/index.js';

/** The same, which nobody may change. */
type Frozen<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Frozen<Item>[]
      : { readonly [K in keyof T]: Frozen<T[K]> };

/** All settings, those of all forms and of what is within: what can be assigned may lack those that need not be there. */
type Paths<T> = T extends string | number | boolean | null | undefined
  ? never
  : T extends readonly (infer Item)[]
    ? Paths<Item>
    : { [K in keyof T & string]-?: K | `${K}.${Paths<T[K]>}` }[keyof T & string];

type Agree<Written, Schema> = [Written, Frozen<Schema>] extends [Frozen<Schema>, Written]
  ? [Paths<Written>, Paths<Schema>] extends [Paths<Schema>, Paths<Written>]
    ? true
    : 'a setting is missing'
  : 'a setting has another type';

type Side = z.output<ReturnType<typeof hybrid>>['source'];
type SideInput = z.input<ReturnType<typeof hybrid>>['source'];
type WithoutSides<T> = Omit<T, 'source' | 'target'>;

describe('the types of a configuration are those of its schema', () => {
  it('as it is written', () => {
    expectTypeOf<Agree<LayersInput, z.input<typeof layers>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<LocalInput, z.input<typeof local>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<MemoryInput, z.input<typeof memory>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<S3Input, z.input<typeof s3>>>().toEqualTypeOf<true>();
    type Hybrid = z.input<ReturnType<typeof hybrid>>;
    expectTypeOf<
      Agree<WithoutSides<HybridInput<SideInput>>, WithoutSides<Hybrid>>
    >().toEqualTypeOf<true>();
    expectTypeOf<Agree<StorageFlags, z.input<typeof flags>>>().toEqualTypeOf<true>();
  });

  it('as it is checked', () => {
    expectTypeOf<Agree<LayersConfiguration, z.output<typeof layers>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<LocalConfiguration, z.output<typeof local>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<MemoryConfiguration, z.output<typeof memory>>>().toEqualTypeOf<true>();
    expectTypeOf<Agree<S3Configuration, z.output<typeof s3>>>().toEqualTypeOf<true>();
    type Hybrid = z.output<ReturnType<typeof hybrid>>;
    expectTypeOf<
      Agree<WithoutSides<HybridConfiguration>, WithoutSides<Hybrid>>
    >().toEqualTypeOf<true>();
    expectTypeOf<Side>().toExtend<HybridConfiguration['source']>();
    expectTypeOf<HybridConfiguration['source']>().toExtend<Frozen<Side>>();
    type Custom = z.output<ReturnType<typeof custom>>;
    expectTypeOf<Custom>().toExtend<CustomConfiguration>();
    expectTypeOf<CustomConfiguration>().toExtend<Frozen<Custom>>();
    type Whole = z.output<ReturnType<typeof configuration>>;
    expectTypeOf<Whole>().toExtend<Configuration>();
    expectTypeOf<keyof Configuration>().toEqualTypeOf<keyof Whole>();
  });
});
