import { vector } from './element.js';

/** Strokes on a grid of 24, 1.75 wide: one hand for all. */
const PATHS = {
  add: 'M12 5v14M5 12h14',
  archive: 'M4 8h16v11H4zM3 4h18v4H3zM10 12h4',
  audio:
    'M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  audit: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  back: 'M15 5l-7 7 7 7',
  chart: 'M5 20V11M12 20V4M19 20v-6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  cloud: 'M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.2A4 4 0 0 1 17.5 18.5z',
  collapse: 'M6 9l6 6 6-6',
  consistency: 'M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  dark: 'M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z',
  delete: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  disk: 'M4 13h16v6H4zM4 13l3-8h10l3 8M8 16h.01',
  document: 'M6 3h8l5 5v13H6zM14 3v5h5M9 13h6M9 17h6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  error: 'M12 8v5M12 16.5h.01M12 3l9.5 17h-19z',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  filter: 'M4 6h16M7 12h10M10 18h4',
  folder: 'M3 6h6l2 2.5h10V19H3z',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  image: 'M4 4h16v16H4zM4 16l5-5 5 5 2-2 4 4M15.5 9h.01',
  info: 'M12 11v5M12 8h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  light:
    'M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.6-5.6L12 7.2M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.6 5.6l1.4-1.4',
  list: 'M4 6h16M4 12h16M4 18h16',
  menu: 'M4 7h16M4 12h16M4 17h16',
  migration: 'M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4',
  more: 'M13 5.5a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0zM13 18.5a1 1 0 1 1-2 0 1 1 0 0 1 2 0z',
  move: 'M3 6h6l2 2.5h10V19H3zM8 13.5h7M12.5 11l2.5 2.5-2.5 2.5',
  open: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  pause: 'M9 5v14M15 5v14',
  play: 'M8 5l11 7-11 7z',
  private: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  public: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM3 12h18M12 3c3 3 3 15 0 18-3-3-3-15 0-18z',
  rename: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  retry: 'M20 12a8 8 0 1 1-2.3-5.7L20 8.5M20 4v4.5h-4.5',
  search: 'M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.3 15.3L20 20',
  signOut: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  system: 'M3 5h18v11H3zM9 20h6M12 16v4',
  text: 'M5 5h14M12 5v14M9 19h6',
  upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
  users:
    'M15 19v-1.5a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4V19M12.5 7A3.5 3.5 0 1 1 5.5 7a3.5 3.5 0 0 1 7 0zM21 19v-1.5a4 4 0 0 0-3-3.85M15.5 3.7a3.5 3.5 0 0 1 0 6.6',
  video: 'M3 6h12v12H3zM15 10.5l6-3.5v10l-6-3.5',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a text or a label that says the same: hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  return vector(
    'svg',
    { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
    vector('path', { d: PATHS[name] }),
  );
}

/** The picture for a kind of content. */
export function contentIcon(contentType: string): IconName {
  const [kind = ''] = contentType.split('/');
  if (kind === 'image' || kind === 'video' || kind === 'audio' || kind === 'text') return kind;
  if (/zip|tar|compressed|7z/.test(contentType)) return 'archive';
  return /pdf|document|msword|sheet|presentation/.test(contentType) ? 'document' : 'file';
}
