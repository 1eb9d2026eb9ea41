import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BodyStore } from './body-store.js';
import { Bucket } from './bucket.js';
import { type Ownership, ownershipDocument } from './ownership.js';
import { NEW_PUBLIC_ACCESS_BLOCK } from './public-access-block.js';

/** All buckets of a server, in a directory of its own. */
export class Store {
  readonly bodies: BodyStore;
  readonly buckets = new Map<string, Bucket>();
  readonly #directory: string;
  readonly #staging: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#staging = join(directory, 'staging');
    this.bodies = new BodyStore(join(directory, 'bodies'));
  }

  /** Reads what the directory holds and removes what a crash left there. */
  static async open(directory: string): Promise<Store> {
    const store = new Store(directory);
    const buckets = join(directory, 'buckets');
    rmSync(store.#staging, { recursive: true, force: true });
    mkdirSync(store.#staging, { recursive: true });
    mkdirSync(buckets, { recursive: true });
    for (const name of readdirSync(buckets)) {
      const bucket = Bucket.load(join(buckets, name), store.#staging, store.bodies);
      if (bucket) store.buckets.set(name, bucket);
      else rmSync(join(buckets, name), { recursive: true, force: true });
    }
    await store.bodies.sweep();
    return store;
  }

  createBucket(
    name: string,
    owner: string,
    region: string,
    created: number,
    ownership: Ownership = 'BucketOwnerEnforced',
  ): Bucket {
    const documents = {
      ownershipControls: ownershipDocument(ownership),
      publicAccessBlock: NEW_PUBLIC_ACCESS_BLOCK,
    };
    const record = { name, owner, region, created, documents };
    const directory = join(this.#directory, 'buckets', name);
    const bucket = Bucket.create(directory, this.#staging, this.bodies, record);
    this.buckets.set(name, bucket);
    return bucket;
  }

  deleteBucket(bucket: Bucket): void {
    this.buckets.delete(bucket.record.name);
    bucket.destroy();
  }
}
