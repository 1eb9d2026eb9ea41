import type { MakeWorld } from '../snippets/world.ts';
import { configured } from './configured.ts';
import { onTheWay } from './on-the-way.ts';

const make: MakeWorld = async (world) => {
  await configured(world);
  await world.sh('storage provision --storage uploads --yes');
  await onTheWay(world, 'verified');
};

export default make;
