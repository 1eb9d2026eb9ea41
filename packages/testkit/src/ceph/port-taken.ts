import { DebianStartError } from '../debian/errors.js';

/**
 * A port that was free when it was chosen is taken now: the cluster is to be started again on
 * others.
 */
export class PortTakenError extends DebianStartError {}
