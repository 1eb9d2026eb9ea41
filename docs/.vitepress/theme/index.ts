import Theme from 'vitepress/theme-without-fonts'; // fonts are the system's: nothing is fetched for them
import './site.css';

export default Theme;
