/** Runs work one piece after another, in the order given. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** Pieces not finished yet. */
  get length(): number {
    return this.#length;
  }

  /** Settles when this piece is done. A piece that throws does not keep the next from running. */
  add(work: () => Promise<void>): Promise<void> {
    this.#length++;
    const done = this.#last.then(work).finally(() => {
      this.#length--;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
