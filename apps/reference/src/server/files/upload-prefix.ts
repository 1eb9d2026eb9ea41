/** Below it are the pieces of uploads that go on after a break. */
export const UPLOADS = 'uploads-under-way/';
