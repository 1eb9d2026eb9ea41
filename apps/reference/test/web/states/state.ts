import type { Browser, Page } from 'playwright-core';
import type { StartedApp } from '../../app.js';
import { type Visit, visit } from '../browser.js';

/** Something that people can come to see: it is pictured for the documentation, and looked at by axe. */
export interface State<Place> {
  /** Of its pictures: `NAME-light-wide.webp`. */
  readonly name: string;
  /** What it shows, as the documentation says it. */
  readonly title: string;
  /** Default: a user. */
  readonly as?: 'guest' | 'admin';
  /** What the browser may complain of, such as an answer with an error. */
  readonly complaint?: RegExp;
  /** Brings a new page to it. `later`: what ends what keeps it so. */
  readonly show: (page: Page, place: Place, later: (end: () => void) => void) => Promise<void>;
  /** The heading of the card that is to be in the window, where that is not the top of the page. */
  readonly at?: string;
}

/** Where a state is: an application with its accounts. */
export interface Lived {
  readonly app: Pick<StartedApp, 'origin' | 'client' | 'admin' | 'user'>;
}

export interface Look {
  readonly colours: 'light' | 'dark';
  readonly width: 'wide' | 'narrow';
}

export const LOOKS: readonly Look[] = [
  { colours: 'light', width: 'wide' },
  { colours: 'dark', width: 'wide' },
  { colours: 'light', width: 'narrow' },
  { colours: 'dark', width: 'narrow' },
];

const WINDOWS = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Brings a page to a state, and looks at it in colours and widths. */
export async function eachLook<Place extends Lived>(
  browser: Browser,
  place: Place,
  state: State<Place>,
  look: (page: Page, as: Look) => Promise<void>,
  looks = LOOKS,
): Promise<void> {
  await using window = await openState(browser, place, state);
  const { page } = window;
  const ends: (() => void)[] = [];
  try {
    await state.show(page, place, (end) => ends.push(end));
    for (const as of looks) {
      await dress(page, as);
      if (state.at !== undefined) await page.evaluate(toTheTop(state.at));
      await look(page, as);
    }
  } finally {
    for (const end of ends) end();
  }
}

/** Below what stays at the top of a narrow window. */
function toTheTop(title: string): string {
  return `(() => {
    const heading = [...document.querySelectorAll('h2')].find(({ textContent }) => textContent === ${JSON.stringify(title)});
    heading.closest('.card').scrollIntoView();
    scrollBy(0, -72);
  })()`;
}

/** Gives the page a width and colours, and waits until it is drawn so. */
async function dress(page: Page, { colours, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: colours, reducedMotion: 'reduce' });
  await page.setViewportSize(WINDOWS[width]);
  // What watches its size, such as a chart, is drawn after the next frame.
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))',
  );
}

async function openState<Place extends Lived>(
  browser: Browser,
  { app }: Place,
  { as, complaint }: State<Place>,
): Promise<Visit> {
  const account = { guest: undefined, user: app.user, admin: app.admin }[as ?? 'user'];
  const window = await visit(browser, app, {
    viewport: WINDOWS.wide,
    ...(account === undefined ? {} : { account }),
  });
  if (complaint !== undefined) window.expectComplaint(complaint);
  return window;
}
