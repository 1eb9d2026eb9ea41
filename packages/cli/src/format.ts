export {
  formatBytes,
  formatCount,
  formatRate,
  formatSeconds,
  printable,
} from '@org/storage-migration';
