import { simulate } from './simulate.js';

simulate('reversal');
