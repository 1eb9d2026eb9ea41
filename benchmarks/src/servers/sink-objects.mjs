import { SortedKeys } from './sorted-keys.mjs';

/** What a sink knows of its objects. ETags look like those of uploads in parts, so that nobody takes one for an MD5. */
export class SinkObjects {
  #objects = new Map();
  #keys = new SortedKeys();
  #uploads = new Map();
  #last = 0;

  get(key) {
    return this.#objects.get(key);
  }

  put(key, size, metadata) {
    const object = { size, etag: this.#etag(), modified: Date.now(), metadata };
    this.#objects.set(key, object);
    this.#keys.add(key);
    return object;
  }

  delete(key) {
    if (this.#objects.delete(key)) this.#keys.delete(key);
  }

  /** @returns the id of an upload in parts. */
  begin(metadata) {
    const id = `upload-${++this.#last}`;
    this.#uploads.set(id, { metadata, sizes: new Map() });
    return id;
  }

  /** @returns the part's ETag; `undefined` where there is no such upload. */
  putPart(id, number, size) {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return undefined;
    upload.sizes.set(number, size);
    return this.#etag();
  }

  /** @returns the object; `undefined` where a part, or the upload, is not there. */
  complete(key, id, numbers) {
    const upload = this.#uploads.get(id);
    if (upload === undefined || numbers.length === 0) return undefined;
    const sizes = numbers.map((number) => upload.sizes.get(number));
    if (sizes.includes(undefined)) return undefined;
    this.#uploads.delete(id);
    return this.put(
      key,
      sizes.reduce((sum, size) => sum + size, 0),
      upload.metadata,
    );
  }

  abort(id) {
    return this.#uploads.delete(id);
  }

  /** @param after a key, or a folder that was listed: what goes on comes after it. @returns `next` where there is more. */
  list({ prefix, delimiter, after, most }) {
    const objects = [];
    const folders = [];
    let last = after;
    const begin = () => (last > prefix ? last : prefix);
    for (;;) {
      const key = this.#next(begin(), last, delimiter);
      if (key === undefined || !key.startsWith(prefix)) return { objects, folders };
      if (objects.length + folders.length >= most) return { objects, folders, next: last };
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (end >= 0) {
        last = key.slice(0, end + delimiter.length);
        folders.push(last);
      } else {
        // as many as there are in a row, of one look at the order
        for (const each of this.#keys.from(key)) {
          const inFolder = delimiter !== '' && each.indexOf(delimiter, prefix.length) >= 0;
          const full = objects.length + folders.length >= most;
          if (!each.startsWith(prefix) || inFolder || full) break;
          last = each;
          objects.push([each, this.#objects.get(each)]);
        }
      }
    }
  }

  /** The first key from `begin` on that comes after `last`, and after all of a folder of that name. */
  #next(begin, last, delimiter) {
    const isFolder = delimiter !== '' && last.endsWith(delimiter);
    const from = isFolder && begin === last ? `${last}\uffff` : begin;
    for (const key of this.#keys.from(from)) if (key > last) return key;
    return undefined;
  }

  #etag() {
    return `"${(++this.#last).toString(16).padStart(32, '0')}-1"`;
  }
}
