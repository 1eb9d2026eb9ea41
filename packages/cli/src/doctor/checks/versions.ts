import { type Check, note, ok } from '../check.js';

/** The SDK says so itself: https://a.co/c895JFp */
const NEXT_NODE = 22;

export const versions: Check = {
  id: 'versions',
  title: 'Versions of Node.js and the SDK',
  hindrance: 'Node.js is too old',
  async run({ bucket }) {
    const node = process.versions.node;
    const sdk = bucket === undefined ? '' : `, AWS SDK ${await bucket.inspection.sdkVersion()}`;
    const told = `Node.js ${node}${sdk}`;
    if (Number.parseInt(node, 10) >= NEXT_NODE) return [ok(told)];
    return [
      note(
        `${told}: releases of the SDK from January 2027 need Node.js ${NEXT_NODE}`,
        `plan for Node.js ${NEXT_NODE} or newer`,
      ),
    ];
  },
};
