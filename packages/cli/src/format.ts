export {
  counted,
  formatBytes,
  formatCount,
  formatFiles,
  formatRate,
  formatSeconds,
  printable,
} from '@org/storage-migration';
