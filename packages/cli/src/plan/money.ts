/** `$1,234.50`; what is more than nothing is never shown as nothing. */
export function formatMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const cent = 10 ** -(format.resolvedOptions().maximumFractionDigits ?? 2);
  return amount > 0 && amount < cent / 2 ? `< ${format.format(cent)}` : format.format(amount);
}
