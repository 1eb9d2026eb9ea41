import { simulate } from './simulate.js';

simulate('way back');
