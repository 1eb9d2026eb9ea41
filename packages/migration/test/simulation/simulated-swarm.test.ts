import { simulate } from './simulate.js';

simulate('swarm');
