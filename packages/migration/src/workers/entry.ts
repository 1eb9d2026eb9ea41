/** The module that a worker runs. It lies beside the built package, whichever of its formats was loaded. */
export function workerEntry(): URL {
  return new URL('./worker.js', import.meta.url);
}
