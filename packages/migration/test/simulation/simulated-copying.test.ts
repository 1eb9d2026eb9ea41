import { simulate } from './simulate.js';

simulate('copying');
