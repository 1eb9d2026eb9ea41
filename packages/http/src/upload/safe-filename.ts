/** Letters with all that belongs to them. */
const LETTERS = new Intl.Segmenter();

/** What a file is called of which no name is left. */
const NAMELESS = 'file';

/** Bytes of UTF-8: file systems take 255, and something may be put before or after it. */
const MAX_BYTES = 200;

/** Extensions that are longer are no extensions. */
const MAX_EXTENSION = 20;

/**
 * Names of devices on Windows, with any extension:
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions
 */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\s*(\.|$))/i;

/**
 * Characters that turn the order of those around them, or are not seen: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 * The joiners U+200C and U+200D stay: scripts and emoji need them.
 */
const UNSEEN =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * A name that a client gave, as one that may be shown to others and written to any file system: its last segment, in NFC, without
 * control, invisible and reordering characters, not a device of Windows, not hidden, of at most 200 bytes of UTF-8 with its
 * extension kept, and never empty. Applying it again changes nothing.
 */
export function safeFilename(name: string): string {
  const [last = ''] = name.split(/[/\\]/).reverse();
  const visible = last
    .replace(/\p{Cc}|\p{Surrogate}|\p{Co}|\p{Cn}|\ufffd/gu, '')
    .replace(UNSEEN, '')
    .normalize('NFC') // after what stood between a letter and its accent is gone
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ');
  const trimmed = shortened(bare(visible));
  return trimmed.replace(DEVICE, '_$1') || NAMELESS;
}

/** The extension of a name, in lower case without its dot; `''` if it has none. */
export function extensionOf(name: string): string {
  const [, extension = ''] = /[^.]\.([\p{L}\p{N}_-]+)$/u.exec(name) ?? [];
  return extension.length > MAX_EXTENSION ? '' : extension.toLowerCase();
}

/** Without dots and spaces at its ends: Windows drops those at the end, and those before a name hide it. */
function bare(name: string): string {
  return name.replace(/^[. ]+|[. ]+$/g, '');
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = extensionOf(name);
  const ending = extension === '' ? '' : name.slice(-extension.length - 1);
  let left = MAX_BYTES - Buffer.byteLength(ending);
  let kept = '';
  for (const { segment } of LETTERS.segment(name.slice(0, name.length - ending.length))) {
    left -= Buffer.byteLength(segment);
    if (left < 0) break;
    kept += segment;
  }
  return bare(kept) + ending;
}
