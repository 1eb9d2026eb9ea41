import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { type Check, type Finding, failure, ok, warning } from '../check.js';
import { hostOf, portOf } from '../server-address.js';

/** Days that a certificate should last. */
const SOON = 14;

const DAY = 24 * 60 * 60_000;

const TRUST =
  'put the certificate of the authority that signed it into a file, and name that in NODE_EXTRA_CA_CERTS';

export const certificate: Check = {
  id: 'certificate',
  title: 'Certificate of the server',
  needs: ['connection'],
  hindrance: 'the server’s certificate is not trusted',
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket }, signal) {
    const address = await bucket?.inspection.address();
    if (address?.protocol !== 'https:') return [];
    const [host, port] = [hostOf(address), portOf(address)];
    const findings = unverified();
    const socket = connect({
      ...{ host, port, rejectUnauthorized: false },
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = () => void socket.destroy(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    try {
      await once(socket, 'secureConnect');
      return [...findings, judged(socket, host)];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [
        failure(
          `${host} does not speak TLS: ${why}`,
          'look at the port, and at http:// or https://',
        ),
      ];
    } finally {
      signal.removeEventListener('abort', end);
      socket.destroy();
    }
  },
};

function unverified(): Finding[] {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return [];
  return [
    warning(
      'NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is verified, and anybody can pose as the server',
      `unset it, and ${TRUST}`,
    ),
  ];
}

function judged(socket: TLSSocket, host: string): Finding {
  const found = socket.getPeerCertificate();
  const days = Math.floor((Date.parse(found.valid_to) - Date.now()) / DAY);
  if (!socket.authorized) return distrusted(reasonOf(socket.authorizationError), found, host);
  const told = `is valid for ${host}, for ${days} more days (${socket.getProtocol()})`;
  if (days >= SOON) return ok(told);
  return warning(told, 'have it renewed before it expires');
}

/** Node’s code, which its types call an error. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function distrusted(reason: string, found: PeerCertificate, host: string): Finding {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
      return failure(`has expired, on ${found.valid_to}`, 'have it renewed');
    case 'CERT_NOT_YET_VALID':
      return failure(
        `is not valid before ${found.valid_from}`,
        'look at the clock of this machine',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return failure(
        `is for ${found.subjectaltname ?? found.subject.CN}, and not for ${host}`,
        'use a name that the certificate has, or have it issued for this one; with dots in a bucket’s name, forcePathStyle helps',
      );
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return failure('is signed by itself, and by nobody whom this machine trusts', TRUST);
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return failure(
        'is signed by an authority that this machine does not trust, such as a company’s or a proxy’s',
        TRUST,
      );
    default:
      return failure(`is not trusted: ${reason}`, TRUST);
  }
}
