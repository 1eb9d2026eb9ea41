import { run } from './run.mjs';

run('turbo', process.argv.slice(2));
