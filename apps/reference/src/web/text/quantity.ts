const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** Powers of 1,000, as the units say: `4.2 MB`. */
export function bytes(amount: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(amount, 1)) / 3), UNITS.length - 1);
  const scaled = amount / 1000 ** power;
  const shown = scaled >= 100 || power === 0 ? Math.round(scaled) : scaled;
  return `${numbers.format(shown)} ${UNITS[power]}`;
}

export function count(amount: number): string {
  return numbers.format(amount);
}

/** Of a share from 0 to 1. Only what is whole is 100 %. */
export function percent(share: number): string {
  return `${share >= 1 ? 100 : Math.min(Math.floor(share * 100), 99)} %`;
}

/** `3 files`, `1 file`. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** Of milliseconds, in the two units that matter: `1 h 20 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
