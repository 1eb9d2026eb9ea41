/** Of the operations and of what goes wrong; STORAGE_LIVE_SEED, or a new one. When they happen is the machine's choice. */
export function chosenSeed(): number {
  const { STORAGE_LIVE_SEED: given } = process.env;
  const seed = given ? Number(given) : Math.floor(Math.random() * 2 ** 31);
  if (!Number.isSafeInteger(seed))
    throw new Error(`STORAGE_LIVE_SEED is a whole number, not ${given}`);
  console.log(`STORAGE_LIVE_SEED=${seed}`);
  return seed;
}
