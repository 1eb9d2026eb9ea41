export const endpoints = { source: 'a', target: 'b' };
