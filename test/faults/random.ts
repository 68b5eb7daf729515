/** Numbers that look random and come again with the same seed, so that a run can be repeated. */
export class Random {
  #state: number;

  /** @param seed An integer from 0 to 2³²−1 */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1 (the generator is mulberry32: good enough to choose with, no more). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** An amount from `least` up to `most`. */
  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** One of them. */
  of<const T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }
}
