import { simulate } from './simulate.js';

simulate('outage');
