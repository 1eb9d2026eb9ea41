import type { FileView, Visibility } from '../../api-types.js';
import { element } from '../dom/element.js';
import { type IconName, icon } from '../dom/icon.js';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

export function badge(text: string, tone: Tone = 'neutral', picture?: IconName): HTMLElement {
  return element('span', { class: `badge badge-${tone}` }, picture && icon(picture), text);
}

export function visibilityBadge(visibility: Visibility): HTMLElement {
  return visibility === 'public'
    ? badge('Public', 'accent', 'public')
    : badge('Private', 'neutral', 'private');
}

/** Where a file is. */
export function providerBadge(provider: FileView['provider']): HTMLElement {
  if (provider === 's3') return badge('S3', 'good', 'cloud');
  if (provider === 'local') return badge('Local', 'neutral', 'disk');
  return provider === null ? badge('Unknown', 'warn') : badge(provider);
}
