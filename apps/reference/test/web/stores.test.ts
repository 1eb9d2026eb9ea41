import { allStores } from './stores/stores.js';

allStores(['a directory', 'both', 'S3'], 'in process');
