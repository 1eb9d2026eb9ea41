import { type Child, element, fill } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { buttonLink } from '../../parts/button.js';
import { skeleton } from '../../parts/skeleton.js';
import { bytes } from '../../text/quantity.js';

/** Bytes of a text that are shown: more than anyone reads here. */
const TEXT_SHOWN = 256 * 1024;

const IMAGES = /^image\/(png|jpeg|gif|webp|avif)$/;
const TEXTS = /^(text\/|application\/(json|xml|yaml|x-yaml|javascript))/;

interface Previewed {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly url: string;
}

/** The content as far as a browser shows it. What it can't show, or what may carry scripts, is offered for download. */
export function preview(file: Previewed): HTMLElement {
  const frame = element('div', { class: 'preview' });
  fill(frame, content(file, frame));
  return frame;
}

function content(file: Previewed, frame: HTMLElement): Child {
  const { contentType, url, name } = file;
  const fail = () =>
    fill(frame, unshown(file, 'The content can’t be shown: it may be unreachable right now.'));
  const on = { error: fail };
  if (IMAGES.test(contentType))
    return element('img', { class: 'preview-image', src: url, alt: name, on });
  if (contentType.startsWith('video/'))
    return element('video', {
      class: 'preview-video',
      src: url,
      controls: true,
      preload: 'metadata',
      'aria-label': name,
      on,
    });
  if (contentType.startsWith('audio/'))
    return element('audio', {
      class: 'preview-audio',
      src: url,
      controls: true,
      preload: 'metadata',
      'aria-label': name,
      on,
    });
  if (contentType === 'application/pdf') return pdf(file);
  if (TEXTS.test(contentType)) return text(file, fail);
  return unshown(file, 'There is no preview for this kind of file.');
}

/** As wide as the frame, and without a column of small pages: viewers read that from the fragment, https://www.rfc-editor.org/rfc/rfc8118#section-3 */
const FITTED = '#view=FitH&navpanes=0';

/** Without a sandbox of our own: browsers show no PDF inside one. The answer carries its own. */
function pdf(file: Previewed): Child {
  return [
    element('iframe', {
      class: 'preview-frame',
      src: file.url + FITTED,
      title: `Preview of ${file.name}`,
    }),
    buttonLink({ text: 'Open in a new tab', href: file.url, icon: 'open', newTab: true }),
  ];
}

/** As text, whatever it claims to be: mark-up in it stays letters. */
function text(file: Previewed, fail: () => void): Child {
  const shown = element('pre', {
    class: 'preview-text',
    tabindex: 0,
    role: 'region',
    'aria-label': `Content of ${file.name}`,
  });
  const view = element('div', { class: 'stack' }, skeleton(6));
  const last = Math.min(file.size, TEXT_SHOWN) - 1;
  const load = async () => {
    const answer = await fetch(file.url, last < 0 ? {} : { headers: { range: `bytes=0-${last}` } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    fill(shown, await answer.text());
    fill(
      view,
      shown,
      file.size > TEXT_SHOWN &&
        element(
          'p',
          { class: 'soft' },
          `The first ${bytes(TEXT_SHOWN)} of ${bytes(file.size)}. Download it to read on.`,
        ),
    );
  };
  load().catch(fail);
  return view;
}

function unshown(file: Previewed, why: string): HTMLElement {
  return element(
    'div',
    { class: 'preview-none' },
    element('div', { class: 'empty-icon' }, icon('file')),
    element('p', null, why),
    buttonLink({ text: 'Download', href: file.url, icon: 'download', download: true }),
  );
}
