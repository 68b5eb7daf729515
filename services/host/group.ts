import { readFile } from "node:fs/promises";

/** The number of a group by the system's /etc/group (group(5)); undefined when there is none of that name. */
export async function groupNumber(name: string, file = "/etc/group"): Promise<number | undefined> {
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    const [group, , number] = line.split(":");
    if (group === name && number !== undefined) return Number(number);
  }
  return undefined;
}
