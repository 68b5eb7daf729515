import type { Isolation } from "./isolation.ts";

/** How a workload is kept apart, for people; an emulated micro-VM is always said to be one. */
export function formatIsolation({
  isolation,
  emulated,
}: {
  readonly isolation: Isolation;
  readonly emulated?: true | undefined;
}): string {
  return emulated === true ? `${isolation} (emulated)` : isolation;
}
