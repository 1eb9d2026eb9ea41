import { showTheme } from './theme.js';

// Before the first paint: a page that turns from light to dark is a flash in the face.
showTheme();
