import { rehearsalOnCeph } from './rehearsal/on-ceph.js';

rehearsalOnCeph({ files: 200, back: false, timeout: 1_800_000 });
