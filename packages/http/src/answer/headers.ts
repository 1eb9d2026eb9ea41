import type { HttpHeaders } from '../message.js';

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * The headers of an answer, each with its values. Nothing is sent that would end one header and begin another.
 * @throws TypeError for a name or a value that no header can have: a mistake in the program.
 */
export function checkedHeaders(
  headers: HttpHeaders,
): readonly (readonly [name: string, values: readonly string[]])[] {
  return Object.entries(headers).map(([name, given]) => {
    if (!NAME.test(name))
      throw new TypeError(`${JSON.stringify(name)} is no name of a header in lower case`);
    const values = typeof given === 'string' ? [given] : given;
    if (!values.every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)))
      throw new TypeError(`the header ${name} has a character that no header can have`);
    return [name, values];
  });
}
