import type { MakeWorld } from '../snippets/world.ts';
import { configured } from './configured.ts';
import { onTheWay } from './on-the-way.ts';

const make: MakeWorld = async (world) => {
  await configured(world);
  await onTheWay(world, 'hybrid');
};

export default make;
