export { Pool } from 'pg';

export const writeConfiguration = async (directory: string): Promise<string> =>
  `${directory}/nginx.conf`;
export const answers = async (): Promise<boolean> => true;
