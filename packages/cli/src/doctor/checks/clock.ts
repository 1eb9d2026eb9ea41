import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';

/** Milliseconds; beyond, S3 refuses requests: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
const REFUSED = 15 * 60_000;

const SUSPECT = 60_000;

const SET = 'set this machine’s clock, and have it kept by NTP (timedatectl set-ntp true)';

/** The server’s answer to a request that nobody has signed: whatever it is, it tells the time. */
export const clock: Check = {
  id: 'clock',
  title: 'Clocks of this machine and the server',
  needs: ['connection', 'certificate'],
  hindrance: 'the server does not answer, or its clock is another',
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket }, signal) {
    const address = await bucket?.inspection.address();
    if (address === undefined) return [];
    const begun = Date.now();
    const { headers } = await answered(address, signal);
    const ended = Date.now();
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date)) return [note('the server does not tell the time')];
    return [judged(date - (begun + ended) / 2, ended - begun)];
  },
};

async function answered(address: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const send = address.protocol === 'http:' ? requestHttp : requestHttps;
  const request = send(address, { method: 'HEAD', signal, agent: false });
  request.end();
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]; // as Node has it
    return response;
  } finally {
    request.on('error', () => {}); // the answer is enough
    request.destroy();
  }
}

/** @param ahead milliseconds by which the server is. @param took milliseconds of the answer. */
function judged(ahead: number, took: number): Finding {
  const apart = Math.abs(ahead);
  const told = `this machine’s clock is ${away(apart)} ${ahead > 0 ? 'behind' : 'ahead of'} the server’s`;
  if (apart >= REFUSED) return failure(`${told}, and S3 refuses what is 15 minutes away`, SET);
  if (apart >= SUSPECT) return warning(told, SET);
  const within = Math.ceil((apart + 1) / 1000);
  return ok(`within ${within} s of the server’s, which answered in ${took} ms`);
}

function away(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
