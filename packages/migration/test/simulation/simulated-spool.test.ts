import { simulate } from './simulate.js';

simulate('spool');
