export type Theme = 'light' | 'dark' | 'system';

const STORED = 'theme';

/** What the user has chosen on this device; `system` follows the system's setting. */
export function chosenTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, theme);
  showTheme();
}

/** The styles go by the attribute. */
export function showTheme(): void {
  document.documentElement.dataset['theme'] = chosenTheme();
}
