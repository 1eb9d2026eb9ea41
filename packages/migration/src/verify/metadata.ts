import { carriedOptions, type FileMetadata } from '@org/storage-core';
import { asApplicationsSee } from '@org/storage-hybrid';

/** What a copy carries beside its content. @returns how the copy differs, in a sentence, if it does. */
export function differingMetadata(original: FileMetadata, copy: FileMetadata): string | undefined {
  // The original may be a copy itself, of an earlier migration, and remember what it was then.
  const [expected, found] = [flat(asApplicationsSee(original)), flat(asApplicationsSee(copy))];
  const names = [...new Set([...expected.keys(), ...found.keys()])].sort();
  const name = names.find((each) => expected.get(each) !== found.get(each));
  if (name === undefined) return undefined;
  const [theirs, ours] = [found.get(name), expected.get(name)].map(told);
  return `its ${name} is ${theirs} in the target, not ${ours}`;
}

function flat(file: FileMetadata): ReadonlyMap<string, string> {
  const { contentType, cacheControl, contentDisposition, metadata = {} } = carriedOptions(file);
  const headers = { 'content type': contentType, 'cache-control': cacheControl };
  return new Map(
    Object.entries({
      ...headers,
      'content-disposition': contentDisposition,
      ...Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [`metadata "${name}"`, value]),
      ),
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

const told = (value: string | undefined) =>
  value === undefined ? 'missing' : JSON.stringify(value);
