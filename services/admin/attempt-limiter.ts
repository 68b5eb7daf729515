import { ip6Groups } from "../model/ip6-groups.ts";

/** How many wrong tokens an address may try, and how fast they are forgotten. */
export interface AttemptLimits {
  readonly most: number;
  readonly windowMilliseconds: number;
}

interface Tally {
  readonly failures: number;
  readonly at: number;
}

const DEFAULTS: AttemptLimits = { most: 10, windowMilliseconds: 60_000 };
const MOST_ADDRESSES = 1024;

/**
 * Counts wrong tokens by address. A tally drains evenly, `most` in each window; an address whose tally is full must
 * wait, whatever it brings, since a right guess among many wrong ones must not get through either. Bounded in memory.
 */
export class AttemptLimiter {
  readonly #tallies = new Map<string, Tally>();
  readonly #now: () => number;
  readonly #limits: AttemptLimits;

  /** `now` gives milliseconds of a clock that does not jump. */
  constructor(now: () => number, limits: AttemptLimits = DEFAULTS) {
    this.#now = now;
    this.#limits = limits;
  }

  /** Whole seconds until the address may try again; 0 when it may now. */
  wait(address: string): number {
    const surplus = this.#failures(addressGroup(address)) - (this.#limits.most - 1);
    return Math.ceil(Math.round(Math.max(0, surplus) * this.#drainMilliseconds()) / 1000);
  }

  /** Counts a wrong token. */
  failed(address: string): void {
    const group = addressGroup(address);
    const failures = this.#failures(group) + 1;
    this.#tallies.delete(group);
    if (this.#tallies.size >= MOST_ADDRESSES) this.#makeRoom();
    this.#tallies.set(group, { failures, at: this.#now() });
  }

  #failures(group: string): number {
    const tally = this.#tallies.get(group);
    if (tally === undefined) return 0;
    return Math.max(0, tally.failures - (this.#now() - tally.at) / this.#drainMilliseconds());
  }

  #drainMilliseconds(): number {
    return this.#limits.windowMilliseconds / this.#limits.most;
  }

  #makeRoom(): void {
    for (const group of [...this.#tallies.keys()]) {
      if (this.#failures(group) === 0) this.#tallies.delete(group);
    }
    const [oldest] = this.#tallies.keys();
    if (this.#tallies.size >= MOST_ADDRESSES && oldest !== undefined) this.#tallies.delete(oldest);
  }
}

/** The addresses one sender can easily have: an IPv4 address, or an IPv6 network of 64 bits. */
export function addressGroup(address: string): string {
  const [bare = ""] = address.split("%");
  if (bare.includes(".")) return bare.slice(bare.lastIndexOf(":") + 1);
  return `${ip6Groups(bare).slice(0, 4).join(":")}::/64`;
}
