import { formatAge } from "../model/age.ts";
import { formatBytes } from "../model/quantity.ts";
import type { Volume } from "../model/volume.ts";
import { formatTable } from "./table.ts";

const UNKNOWN = "-";

/** The columns and rows of `berth volume ls`. */
export function volumeTable(volumes: readonly Volume[], now: Date): [string[], string[][]] {
  const age = (at: string | undefined) => (at === undefined ? UNKNOWN : formatAge(at, now));
  const rows = volumes.map(({ name, size, workloads, createdAt, lastUsedAt }) => [
    name,
    sizeText(size),
    workloads.join(",") || UNKNOWN,
    age(createdAt),
    age(lastUsedAt),
  ]);
  return [["NAME", "SIZE", "WORKLOADS", "CREATED", "USED"], rows];
}

/** A volume's facts, one a line. */
export function volumeLines({ name, size, workloads, createdAt, lastUsedAt }: Volume): string[] {
  const [, ...lines] = formatTable(
    ["", ""],
    [
      ["Name", name],
      ["Size on disk", sizeText(size)],
      ["Workloads", workloads.join(", ") || "none"],
      ["Created", createdAt ?? UNKNOWN],
      ["Last used", lastUsedAt ?? UNKNOWN],
    ],
  );
  return lines;
}

function sizeText(size: number | undefined): string {
  return size === undefined ? UNKNOWN : formatBytes(size);
}
