import { type Binaries, libraryDirectory } from './binaries.js';

export interface Settings {
  /** The cluster's folder: every path below is in it. */
  readonly directory: string;
  readonly clusterId: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
  readonly memoryBytes: number;
  readonly lifecycleDaySeconds: number | undefined;
}

/** The socket on which a daemon answers questions about its state. */
export function adminSocket(directory: string, daemon: 'mon.a' | 'osd.0'): string {
  return `${directory}/${daemon}.asok`;
}

/**
 * A ceph.conf for one monitor, one object store in memory and one gateway on 127.0.0.1, without
 * authentication between them.
 *
 * @see https://docs.ceph.com/en/latest/rados/configuration/ceph-conf/
 * @see https://docs.ceph.com/en/latest/radosgw/config-ref/
 */
export function configuration(binaries: Binaries, settings: Settings): string {
  const { directory, clusterId, monitorPort, gatewayPort, memoryBytes } = settings;
  const plugins = `${libraryDirectory(binaries)}/ceph`;
  return `\
[global]
fsid = ${clusterId}
plugin dir = ${plugins}
erasure code dir = ${plugins}/erasure-code
osd class dir = ${libraryDirectory(binaries)}/rados-classes
keyring = ${directory}/keyring
run dir = ${directory}
admin socket =
pid file =
log file = ${directory}/log/$name.log
log to stderr = false
err to stderr = true
mon host = [v2:127.0.0.1:${monitorPort}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
mon warn on pool no redundancy = false

[mon]
mon data = ${directory}/mon
admin socket = ${adminSocket(directory, 'mon.a')}
mon cluster log file = ${directory}/log/cluster.log
mon osd min down reporters = 1
# a disk that is nearly full is none of a test's business
mon data avail crit = 1
mon data avail warn = 2
# a monitor without peers need not collect proposals for a second
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1

[osd]
osd data = ${directory}/osd
admin socket = ${adminSocket(directory, 'osd.0')}
osd objectstore = memstore
memstore device bytes = ${memoryBytes}
osd op num threads per shard = 1
osd memory target = 1073741824

[client]
# else the gateway waits 300 s for a monitor that asks for no authentication
ms mon client mode = crc
# without tcp_nodelay many answers take 44 ms
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw data = ${directory}/rgw
rgw dns name = localhost
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw gc max objs = 3
rgw bucket default quota max objects = -1
rgw lifecycle work time = 00:00-24:00
rgw lc debug interval = ${settings.lifecycleDaySeconds ?? -1}
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
`;
}
