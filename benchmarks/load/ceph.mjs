import { startCeph } from '@org/storage-testkit/ceph';
import { FaultyProxy } from './faulty-proxy.mjs';

/** Ceph 20, whose gateway can be killed; it is reached by a proxy, which can slow requests down, or answer them itself. */
export async function openBesideCeph() {
  const ceph = await startCeph();
  const proxy = await FaultyProxy.before(ceph.endpoint);
  const { region, credentials } = ceph;
  return {
    ...{ kind: 'ceph', endpoint: proxy.endpoint, region, credentials },
    async outage(pause) {
      const back = ceph.restartGateway(pause);
      await proxy.close(); // who connects is refused, as by the port of a gateway that is gone
      await back;
      await proxy.open();
    },
    setFaults: (faults) => proxy.setFaults(faults),
    async close() {
      await proxy.close();
      await ceph.stop();
    },
  };
}
