import type { Check } from './check.js';
import { bucket } from './checks/bucket.js';
import { certificate } from './checks/certificate.js';
import { clock } from './checks/clock.js';
import { configuration } from './checks/configuration.js';
import { connection } from './checks/connection.js';
import { credentials } from './checks/credentials.js';
import { directory } from './checks/directory.js';
import { fileSystem } from './checks/file-system.js';
import { fleet } from './checks/fleet.js';
import { identity } from './checks/identity.js';
import { journal } from './checks/journal.js';
import { leftovers } from './checks/leftovers.js';
import { name } from './checks/name.js';
import { permissions } from './checks/permissions.js';
import { plugins } from './checks/plugins.js';
import { preconditions } from './checks/preconditions.js';
import { proxy } from './checks/proxy.js';
import { room } from './checks/room.js';
import { settings } from './checks/settings.js';
import { versions } from './checks/versions.js';

/** In the order in which they are told; each behind those that it needs. */
export const CHECKS: readonly Check[] = [
  configuration,
  versions,
  proxy,
  name,
  connection,
  certificate,
  clock,
  credentials,
  identity,
  bucket,
  settings,
  permissions,
  leftovers,
  preconditions,
  plugins,
  directory,
  fileSystem,
  room,
  journal,
  fleet,
];
