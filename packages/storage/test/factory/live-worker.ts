import { StorageFactory } from '../../src/index.js';
import { Workload } from './workload.js';

/** A process of an application. It is told what to do, and ends by itself when nothing is open any more. */
const [file = '', name = ''] = process.argv.slice(2);

const factory = await StorageFactory.open(file);
const workload = new Workload(await factory.get(), name);

const answers = {
  async look() {
    const stages = Object.values(await factory.checkHealth()).map(({ stage }) => stage);
    return { stage: stages[0], ...workload.done };
  },
  async end() {
    const done = await workload.end();
    await factory.close();
    return done;
  },
};

process.on('message', async (question: keyof typeof answers) => {
  process.send?.(await answers[question]());
  if (question === 'end') process.disconnect();
});
