import { simulate } from './simulate.js';

simulate('overlay');
