import { Option } from 'commander';

/** The option that names the registry of the application's processes. @param description In the help. */
export function fleetOption(
  description = 'the registry that the application’s processes use: sqlite:FILE, s3://BUCKET/PREFIX or postgres://…',
): Option {
  return new Option('--fleet <registry>', description).env('STORAGE_FLEET');
}
