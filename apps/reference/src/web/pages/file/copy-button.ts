import { iconButton } from '../../parts/button.js';
import { toast } from '../../parts/toast.js';

/** Puts a text on the clipboard, and says so. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  return iconButton({
    label,
    icon: 'copy',
    onClick: () => {
      // Without a secure connection there is no clipboard at all.
      const copied = navigator.clipboard?.writeText(text()) ?? Promise.reject(new Error('absent'));
      copied.then(
        () => toast('Copied.'),
        () => toast('The browser did not allow it: mark the text and copy it by hand.', 'bad'),
      );
    },
  });
}
