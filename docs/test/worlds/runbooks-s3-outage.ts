import type { MakeWorld } from '../snippets/world.ts';
import { onTheWay } from './on-the-way.ts';

const make: MakeWorld = (world) => onTheWay(world, 'hybrid');

export default make;
