/** What of a folder is shown, and how. It is all in the address: a reload, a bookmark and the back button keep it. */
export interface FilesQuery {
  readonly folder: string;
  readonly query: string;
  /** The first half of a content type: `image`; empty for all. */
  readonly type: string;
  readonly sort: Sort;
  readonly order: 'asc' | 'desc';
}

export type Sort = 'name' | 'size' | 'uploadedAt';

export const SORTS: readonly { readonly value: Sort; readonly text: string }[] = [
  { value: 'uploadedAt', text: 'Date' },
  { value: 'name', text: 'Name' },
  { value: 'size', text: 'Size' },
];

export const TYPES: readonly { readonly value: string; readonly text: string }[] = [
  { value: '', text: 'All types' },
  { value: 'image', text: 'Images' },
  { value: 'video', text: 'Videos' },
  { value: 'audio', text: 'Audio' },
  { value: 'text', text: 'Texts' },
  { value: 'application', text: 'Documents and others' },
];

export function readQuery(folder: string, { searchParams }: URL): FilesQuery {
  const sort = SORTS.find(({ value }) => value === searchParams.get('sort'))?.value ?? 'uploadedAt';
  const order = searchParams.get('order');
  return {
    folder,
    query: searchParams.get('query') ?? '',
    type: TYPES.find(({ value }) => value === searchParams.get('type'))?.value ?? '',
    sort,
    order: order === 'asc' || order === 'desc' ? order : usualOrder(sort),
  };
}

/** Names from A, but the newest and the largest first. */
export function usualOrder(sort: Sort): 'asc' | 'desc' {
  return sort === 'name' ? 'asc' : 'desc';
}

export function addressOf({ folder, query, type, sort, order }: FilesQuery): string {
  const said = new URLSearchParams();
  if (query !== '') said.set('query', query);
  if (type !== '') said.set('type', type);
  if (sort !== 'uploadedAt') said.set('sort', sort);
  if (order !== usualOrder(sort)) said.set('order', order);
  const search = said.toString();
  return folderPath(folder) + (search === '' ? '' : `?${search}`);
}

/** The address of a folder; empty is the top. */
export function folderPath(folder: string): string {
  return folder === '' ? '/' : `/folder/${folder.split('/').map(encodeURIComponent).join('/')}`;
}
