/** Whether a header carries the text as it is: printable ASCII that neither begins nor ends with a space. */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}
