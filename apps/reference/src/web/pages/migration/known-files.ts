import { element } from '../../dom/element.js';
import { confirm } from '../../parts/dialog.js';

/**
 * Asks whether files are known that lie in the target directory before anything was copied: what an older migration has left there would
 * count as newer than the source's files. @param found The server's words, with some of their names.
 */
export function areKnown(found: string): Promise<boolean> {
  return confirm({
    title: 'Are the files in the target known?',
    text: [
      element('p', { class: 'wrap' }, found),
      element(
        'p',
        null,
        'Say yes if the application has written them since it works on both stores, or if they are copies of a migration whose journal is gone. If you don’t know, cancel, and empty the directory or give another one.',
      ),
    ],
    action: 'They are known: copy',
  });
}
