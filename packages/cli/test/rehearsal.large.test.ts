import { rehearsalOnCeph } from './rehearsal/on-ceph.js';

rehearsalOnCeph({ files: 20_000, back: true, timeout: 10_800_000 });
