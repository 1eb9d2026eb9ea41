import { type Capabilities, signedUrls, type UrlSigner } from '@org/storage-core';
import { parseHoldable } from './paths.js';
import type { Run } from './run.js';

/** URLs that a handler of the application serves; none is signed for a key that a directory can't hold. */
export function localUrls(signer: UrlSigner, capabilities: () => Capabilities, run: Run) {
  return signedUrls(signer, capabilities, (operation, key, options, act) =>
    run(operation, key, options, async () => {
      parseHoldable(key);
      return act();
    }),
  );
}
