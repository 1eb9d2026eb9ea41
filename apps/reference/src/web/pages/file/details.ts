import type { FileView } from '../../../api-types.js';
import { type Child, element } from '../../dom/element.js';
import { providerBadge, visibilityBadge } from '../../parts/badge.js';
import { count } from '../../text/quantity.js';
import { exactMoment } from '../../text/time.js';
import { copyButton } from './copy-button.js';

/** What is known of a file. */
export function details(file: FileView): HTMLElement {
  const url = new URL(file.url, location.href).href;
  return element(
    'dl',
    { class: 'details' },
    ...entry('Visible to', visibilityBadge(file.visibility)),
    ...entry('Size', `${count(file.size)} bytes`),
    ...entry('Type', file.contentType),
    ...entry('Owner', file.owner.name),
    ...entry('Uploaded', exactMoment(file.uploadedAt)),
    ...entry('Stored in', providerBadge(file.provider)),
    ...(file.sha256 === null
      ? []
      : entry('SHA-256', [
          element('code', { class: 'checksum' }, file.sha256),
          copyButton('Copy the checksum', () => file.sha256 ?? ''),
        ])),
    ...(file.visibility === 'public'
      ? entry('Address', [
          element('code', { class: 'checksum' }, url),
          copyButton('Copy the address', () => url),
        ])
      : []),
  );
}

function entry(name: string, value: Child): HTMLElement[] {
  return [element('dt', null, name), element('dd', null, value)];
}
