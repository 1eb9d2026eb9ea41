import type { MakeWorld } from '../snippets/world.ts';
import { configured } from './configured.ts';
import { onTheWay } from './on-the-way.ts';

const make: MakeWorld = async (world) => {
  await configured(world, { source: '/var/lib/app/files', bucket: 'app-files', prefix: '' });
  await onTheWay(world, 'source', {
    source: '/var/lib/app/files',
    bucket: 'app-files',
    prefix: '',
    exported: false,
  });
};

export default make;
