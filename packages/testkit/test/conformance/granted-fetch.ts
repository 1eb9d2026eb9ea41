import {
  grantedDownload,
  grantedMetadata,
  grantedUpload,
  isStorageError,
  readAll,
  type StorageProvider,
  type UrlSigner,
} from '@org/storage-core';

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  NotFound: 404,
  AlreadyExists: 412,
  TooLarge: 413,
};

/** Answers requests to the URLs of a provider that signs them itself, as an application’s handler does. */
export function grantedFetch(
  storage: StorageProvider & { readonly urlSigner?: UrlSigner | undefined },
): typeof fetch {
  return async (input, init) => {
    try {
      return await answer(storage, storage.urlSigner, new Request(input, init));
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return new Response(error.message, { status: STATUS[error.code] ?? 400 });
    }
  };
}

async function answer(
  storage: StorageProvider,
  signer: UrlSigner | undefined,
  request: Request,
): Promise<Response> {
  if (signer === undefined) throw new Error('the provider signs no URLs');
  const { method, url, headers } = request;
  if (method === 'POST') {
    const form = await request.formData();
    const grant = signer.verify({ method, url, token: String(form.get('token')) });
    const file = form.get('file');
    if (grant.type !== 'post' || !(file instanceof Blob)) throw new Error('no form with a file');
    const { body, options } = grantedUpload(grant, { body: file });
    await storage.upload(grant.key, body, options);
    return new Response(null, { status: 204 });
  }
  const grant = signer.verify({ method, url });
  if (grant.type === 'put') {
    const content = Buffer.from(await request.arrayBuffer());
    const { body, options } = grantedUpload(grant, {
      body: content,
      contentType: headers.get('content-type') ?? undefined,
      contentLength: content.byteLength,
    });
    await storage.upload(grant.key, body, options);
    return new Response();
  }
  if (grant.type !== 'download') throw new Error(`a ${method} with a grant of type ${grant.type}`);
  const { metadata, body } = await storage.download(grant.key, grantedDownload(grant));
  const { contentType, cacheControl, contentDisposition } = grantedMetadata(grant, metadata);
  return new Response(await readAll(body), {
    headers: {
      'content-type': contentType,
      ...(cacheControl === undefined ? {} : { 'cache-control': cacheControl }),
      ...(contentDisposition === undefined ? {} : { 'content-disposition': contentDisposition }),
    },
  });
}
