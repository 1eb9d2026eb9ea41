import { simulate } from './simulate.js';

simulate('fleet');
