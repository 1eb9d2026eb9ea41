/** Keys of a piece, at the most; a fuller one is divided. */
const PIECE = 2_000;

/** Keys in order, a million of them: in pieces, so that one more moves only those of its own piece. */
export class SortedKeys {
  #pieces = [[]];

  add(key) {
    const at = this.#pieceOf(key);
    const piece = this.#pieces[at];
    const place = firstAtOrAfter(piece, key);
    if (piece[place] === key) return;
    piece.splice(place, 0, key);
    if (piece.length > PIECE) this.#pieces.splice(at + 1, 0, piece.splice(PIECE / 2));
  }

  delete(key) {
    const at = this.#pieceOf(key);
    const piece = this.#pieces[at];
    const place = firstAtOrAfter(piece, key);
    if (piece[place] !== key) return;
    piece.splice(place, 1);
    if (piece.length === 0 && this.#pieces.length > 1) this.#pieces.splice(at, 1);
  }

  /** All from this one on, itself included. */
  *from(key) {
    const first = this.#pieceOf(key);
    for (let at = first; at < this.#pieces.length; at++) {
      const piece = this.#pieces[at];
      for (let n = at === first ? firstAtOrAfter(piece, key) : 0; n < piece.length; n++)
        yield piece[n];
    }
  }

  /** The first piece whose last key is not before this one, else the last piece. */
  #pieceOf(key) {
    const pieces = this.#pieces;
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].at(-1) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function firstAtOrAfter(sorted, key) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
