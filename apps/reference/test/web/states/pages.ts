import { StorageError } from '@org/storage-core';
import type { Page } from 'playwright-core';
import { settled } from '../browser.js';
import type { Library } from './library.js';
import type { State } from './state.js';

const open = (path: string) => async (page: Page) => {
  await page.goto(path);
  await settled(page);
};

const file =
  (name: string) =>
  async (page: Page, { ids }: Library) => {
    await open(`/file/${ids.get(name)}`)(page);
    await page.getByRole('heading', { name }).waitFor();
    await page.waitForLoadState('networkidle');
  };

/** The pages, and what can be opened on them. */
export const PAGES: readonly State<Library>[] = [
  { name: 'sign-in', title: 'Sign in', as: 'guest', show: open('/login') },
  {
    name: 'sign-in-refused',
    title: 'Sign in: what is wrong',
    as: 'guest',
    complaint: /status of 401/,
    async show(page) {
      await open('/login')(page);
      await page.getByLabel('Email').fill('ada@example.org');
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('The address or the password is wrong.').waitFor();
    },
  },
  { name: 'register', title: 'Create an account', as: 'guest', show: open('/register') },
  { name: 'files', title: 'Files', show: thumbnails('list') },
  { name: 'tiles', title: 'Files as tiles', show: thumbnails('grid') },
  {
    name: 'selection',
    title: 'Some files selected',
    async show(page) {
      await thumbnails('list')(page);
      await page.getByRole('checkbox', { name: 'Select Forest.jpg' }).check();
      await page.getByRole('checkbox', { name: 'Select Visitors.csv' }).check();
    },
  },
  {
    name: 'menu',
    title: 'What can be done with a file',
    async show(page) {
      await thumbnails('list')(page);
      await page.getByRole('button', { name: 'Actions for Harbour at dawn.png' }).click();
    },
  },
  {
    name: 'delete',
    title: 'Before something is deleted',
    async show(page) {
      await thumbnails('list')(page);
      await page.getByRole('button', { name: 'Actions for Forest.jpg' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
    },
  },
  {
    name: 'move',
    title: 'Where to move a file',
    async show(page) {
      await thumbnails('list')(page);
      await page.getByRole('button', { name: 'Actions for Forest.jpg' }).click();
      await page.getByRole('menuitem', { name: 'Move…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Contracts' }).waitFor();
    },
  },
  { name: 'empty-folder', title: 'An empty folder', show: open('/folder/Empty') },
  { name: 'image', title: 'A picture', show: file('Harbour at dawn.png') },
  { name: 'pdf', title: 'A document', show: file('Invoice 2026-114.pdf') },
  {
    name: 'video',
    title: 'A film',
    async show(page, place) {
      await file('Tide.webm')(page, place);
      await page.waitForFunction('document.querySelector("video").readyState >= 2');
    },
  },
  { name: 'text', title: 'A text', show: file('Minutes of the meeting.md') },
  {
    name: 'share',
    title: 'A new share link',
    async show(page, place) {
      await file('Mountains.jpg')(page, place);
      await page.getByRole('button', { name: 'Create link' }).click();
      await page.getByLabel('New link', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Close this message' }).click();
    },
    at: 'Share links',
  },
  {
    name: 'shared',
    title: 'What the holder of a share link sees',
    as: 'guest',
    async show(page, { link }) {
      await open(link)(page);
      await page.getByRole('heading', { name: 'Harbour at dawn.png' }).waitFor();
      await page.waitForLoadState('networkidle');
    },
  },
  {
    name: 'shared-gone',
    title: 'A share link that works no longer',
    as: 'guest',
    complaint: /status of 404/,
    show: open('/s/00000000-0000-4000-8000-000000000000.x'),
  },
  { name: 'uploads', title: 'Uploads under way, done, refused', show: uploads },
  {
    name: 'store-away',
    title: 'An upload while the store does not answer',
    complaint: /status of 50\d/,
    async show(page, { local }, later) {
      later(() => {
        local.before = () => Promise.resolve();
      });
      local.before = () =>
        Promise.reject(new StorageError('Unavailable', 'the bucket does not answer'));
      await thumbnails('list')(page);
      await page.evaluate(dropping([['Survey of the harbour.txt', 5_200]]));
      await page.getByRole('button', { name: 'Try Survey of the harbour.txt again' }).waitFor();
    },
  },
  {
    name: 'offline',
    title: 'Without a connection',
    complaint: /ERR_INTERNET_DISCONNECTED/,
    async show(page) {
      await thumbnails('list')(page);
      await page.context().setOffline(true);
      await page.getByRole('link', { name: 'Contracts' }).click();
      await page.getByText('The server can’t be reached.').waitFor();
    },
  },
  {
    name: 'not-found',
    title: 'A page that is not there',
    complaint: /status of 404/,
    show: open('/nothing/here'),
  },
  {
    name: 'no-permission',
    title: 'A page for administrators, to others',
    show: open('/admin/users'),
  },
  {
    name: 'file-gone',
    title: 'A file that is not there, or another’s',
    complaint: /status of 404/,
    show: open('/file/00000000-0000-4000-8000-000000000000'),
  },
  { name: 'admin-files', title: 'All files', as: 'admin', show: open('/admin/files') },
  { name: 'admin-users', title: 'Users', as: 'admin', show: open('/admin/users') },
  { name: 'admin-audit', title: 'Audit log', as: 'admin', show: open('/admin/audit') },
  {
    name: 'admin-consistency',
    title: 'Consistency of database and store',
    as: 'admin',
    async show(page) {
      await open('/admin/consistency')(page);
      await page.getByRole('button', { name: 'Check now' }).click();
      await page.getByText('2025/03/left-over.bin').waitFor();
    },
  },
  { name: 'admin-analytics', title: 'Analytics', as: 'admin', show: open('/admin/analytics') },
  {
    name: 'admin-jobs',
    title: 'Scheduled jobs',
    as: 'admin',
    async show(page) {
      await open('/admin/analytics')(page);
    },
    at: 'Scheduled jobs',
  },
  {
    name: 'no-migration',
    title: 'An application that is not migrated',
    as: 'admin',
    complaint: /api\/admin\/migration/,
    show: open('/admin/migration'),
  },
];

function thumbnails(view: 'list' | 'grid') {
  return async (page: Page) => {
    await page.addInitScript(`localStorage.setItem('files-view', '${view}')`);
    await open('/')(page);
    await page.waitForLoadState('networkidle');
  };
}

/** Bytes of a request, as the page has it: what an upload stops after. */
const CHUNK = 8 * 1024 * 1024;

/** One upload is done, one on its way until the end, one refused, one paused. */
async function uploads(
  page: Page,
  { local }: Library,
  later: (end: () => void) => void,
): Promise<void> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const waiting = new Set<string>();
  local.before = async (key) => {
    const offset = /uploads-under-way\/.*\/data-(\d+)$/.exec(key)?.[1];
    if (offset === undefined || Number(offset) < 2 * CHUNK) return;
    waiting.add(key);
    if (waiting.size === 2) arrive();
    await held;
  };
  later(() => {
    local.before = () => Promise.resolve();
    release();
  });
  await open('/folder/Empty')(page);
  await page.evaluate(
    dropping([
      ['Notes on the survey.txt', 5_200],
      ['Whole archive.tar', 412_000_000],
      ['Recording of the interview with the keeper of the lighthouse.wav', 40_000_000],
      ['Survey.tif', 30_000_000],
    ]),
  );
  await page.getByText('Done · 5.2 KB').waitFor();
  await arrived;
  await page.getByRole('button', { name: 'Pause Survey.tif' }).click();
}

/** Drops files on the page, by their names and sizes: what is larger than the limit only says that it is. */
function dropping(files: readonly (readonly [name: string, size: number])[]): string {
  return `(() => {
    const files = ${JSON.stringify(files)}.map(([name, size]) => {
      const real = size > 100_000_000 ? 1 : size;
      const file = new File([new Uint8Array(real).fill(97)], name);
      if (real !== size) Object.defineProperty(file, 'size', { value: size });
      return file;
    });
    const event = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items: [], files } });
    document.dispatchEvent(event);
  })()`;
}
