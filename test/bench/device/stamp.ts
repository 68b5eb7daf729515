import { statSync } from "node:fs";

const LIMIT = 120_000;

/** Milliseconds since the epoch, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** When a workload's command made the file `stamp`, by the time the kernel noted for it. */
export async function stamped(stamp: string): Promise<number> {
  const deadline = now() + LIMIT;
  while (now() < deadline) {
    const found = statSync(stamp, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined) return Number(found.mtimeNs / 1000n) / 1000;
    await pause(20);
  }
  throw new Error(`${stamp} was not made`);
}
