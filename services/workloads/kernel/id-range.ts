import { hash32 } from "../../model/hash.ts";
import { ReasonError } from "../../model/reason.ts";

/** Ids in a workload's range: 0 to 65535 inside, as every distribution counts on. */
export const RANGE_SIZE = 65_536;
/** First and last of the ids that systemd sets aside for containers (https://systemd.io/UIDS-GIDS). */
const FIRST = 524_288;
const LAST = 1_879_048_191;
const RANGES = (LAST + 1 - FIRST) / RANGE_SIZE;

/**
 * The first id of a workload's range on the device: derived from its name, so that it is likely the same should the
 * record of it be lost. Where another workload has it, the next free one.
 *
 * @param taken first ids of ranges that other workloads have
 * @throws ReasonError `no-id-range-left`
 */
export function allocateRange(name: string, taken: ReadonlySet<number>): number {
  const start = hash32(name) % RANGES;
  for (let step = 0; step < RANGES; step++) {
    const first = FIRST + ((start + step) % RANGES) * RANGE_SIZE;
    if (!taken.has(first)) return first;
  }
  throw new ReasonError({ code: "no-id-range-left", message: `every range of user ids from ${FIRST} is taken` });
}

/** Whether a number can be the first id of a range. */
export function isRangeStart(first: number): boolean {
  return first >= FIRST && first <= LAST && (first - FIRST) % RANGE_SIZE === 0;
}
