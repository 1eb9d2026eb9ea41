import { onSignedOut } from './api/client.js';
import { element, fill } from './dom/element.js';
import type { Page, PageContext, PageFactory } from './page.js';
import { registerPage } from './pages/account/register.js';
import { signInPage } from './pages/account/sign-in.js';
import { filePage } from './pages/file/page.js';
import { filesPage } from './pages/files/page.js';
import { noPermissionPage } from './pages/no-permission.js';
import { notFoundPage } from './pages/not-found.js';
import { sharedPage } from './pages/shared/page.js';
import { loadFailure } from './parts/notice.js';
import { shell } from './parts/shell.js';
import { toast, toastRegion } from './parts/toast.js';
import { match, onLocalLink, type Route } from './router.js';
import { SessionStore } from './session.js';
import { UploadQueue } from './uploads/queue.js';
import { uploadTray } from './uploads/tray.js';
import { setUploadOwner } from './uploads/unfinished.js';

interface Target {
  readonly load: () => Promise<PageFactory>;
  /** Who may see it. Default: who is signed in. */
  readonly open?: 'everyone' | 'admin';
}

const now = (page: PageFactory) => () => Promise.resolve(page);

const adminFiles = async () => (await import('./pages/admin/files.js')).adminFilesPage;

const ROUTES: readonly Route<Target>[] = [
  { pattern: '/', target: { load: now(filesPage) } },
  { pattern: '/folder/*folder', target: { load: now(filesPage) } },
  { pattern: '/file/:id', target: { load: now(filePage) } },
  { pattern: '/login', target: { load: now(signInPage), open: 'everyone' } },
  { pattern: '/register', target: { load: now(registerPage), open: 'everyone' } },
  { pattern: '/s/:token', target: { load: now(sharedPage), open: 'everyone' } },
  { pattern: '/admin', target: { load: adminFiles, open: 'admin' } },
  ...[
    { name: 'files', load: adminFiles },
    { name: 'users', load: async () => (await import('./pages/admin/users.js')).usersPage },
    { name: 'audit', load: async () => (await import('./pages/admin/audit.js')).auditPage },
    {
      name: 'consistency',
      load: async () => (await import('./pages/admin/consistency.js')).consistencyPage,
    },
    {
      name: 'analytics',
      load: async () => (await import('./pages/admin/analytics.js')).analyticsPage,
    },
    {
      name: 'migration',
      load: async () => (await import('./pages/migration/page.js')).migrationPage,
    },
  ].map(
    ({ name, load }): Route<Target> => ({
      pattern: `/admin/${name}`,
      target: { load, open: 'admin' },
    }),
  ),
];

async function start(): Promise<void> {
  const session = await SessionStore.load();
  setUploadOwner(session.user?.id);
  const uploads = new UploadQueue(session);
  const tray = uploadTray(uploads);
  const frame = shell({
    session,
    signOut: () => {
      session.signOut().then(
        () => navigate('/login'),
        () => toast('Signing out did not work. Try again.', 'bad'),
      );
    },
  });
  let page: Page | undefined;
  let shown = 0;

  session.onChange(() => {
    setUploadOwner(session.user?.id);
    tray.refresh();
  });
  onSignedOut(() => {
    if (session.user === null) return;
    void session.refresh().then(() => show());
  });

  const navigate: PageContext['navigate'] = (path, { replace = false } = {}) => {
    if (replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    void show();
  };

  const show = async () => {
    shown++;
    const mine = shown;
    const url = new URL(location.href);
    const found = match(ROUTES, url.pathname);
    const open = found?.target.open;
    if (found !== undefined && open !== 'everyone' && session.user === null) {
      navigate(`/login?next=${encodeURIComponent(url.pathname + url.search)}`, { replace: true });
      return;
    }
    const allowed = open !== 'admin' || session.user?.role === 'admin';
    const factory = await (allowed ? found?.target.load() : noPermissionPage);
    if (mine !== shown) return; // someone has clicked on: what is shown is the last
    page?.close?.();
    page = (factory ?? notFoundPage)({
      session,
      uploads,
      url,
      parameters: found?.parameters ?? {},
      navigate,
    });
    document.title = `${page.title} · Storehouse`;
    frame.show(url.pathname);
    fill(frame.main, page.view);
    scrollTo(0, 0);
    if (mine > 1) (frame.main.querySelector('h1') ?? frame.main).focus({ preventScroll: true });
  };

  addEventListener('popstate', () => void show());
  onLocalLink((path) => navigate(path));
  fill(document.body, frame.view, tray.view, toastRegion());
  await show();
}

start().catch((error: unknown) => {
  fill(
    document.body,
    element(
      'main',
      { class: 'alone' },
      element('h1', null, 'Storehouse'),
      loadFailure(error, () => location.reload()),
    ),
  );
});
