import { type Capabilities, refuseAbsent } from './capabilities.js';
import type { OperationOptions } from './operation-options.js';
import type { StorageProvider } from './provider.js';
import type { UrlSigner } from './url-signer.js';

type Methods = Required<Pick<StorageProvider, 'createDownloadUrl' | 'createUploadTicket'>>;

/**
 * The methods of a provider whose URLs a {@link UrlSigner} signs. What its capabilities lack is refused when the URL is signed,
 * and not only when it is used.
 * @param run runs an operation of the provider.
 */
export function signedUrls(
  signer: UrlSigner,
  capabilities: () => Capabilities,
  run: <T>(
    operation: string,
    key: string,
    options: OperationOptions,
    act: () => Promise<T>,
  ) => Promise<T>,
): Methods {
  return {
    createDownloadUrl: (key, options = {}) =>
      run('createDownloadUrl', key, options, async () => {
        const url = signer.createDownloadUrl(key, options);
        refuseAbsent(capabilities(), { versions: options.versionId });
        return url;
      }),

    createUploadTicket: (key, options = {}) =>
      run('createUploadTicket', key, options, async () => {
        const ticket = signer.createUploadTicket(key, options);
        const condition = 'condition' in options ? options.condition : undefined;
        refuseAbsent(capabilities(), { tags: options.tags, conditionalCreate: condition });
        return ticket;
      }),
  };
}
