import type { MakeWorld } from '../snippets/world.ts';
import { configured } from './configured.ts';

const make: MakeWorld = (world) => configured(world);

export default make;
