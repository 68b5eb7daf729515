import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { isThere } from "../host/files.ts";
import { type LogPlaces, logFolder } from "./places.ts";

/** Most logs of removed workloads that are kept; those without a line go first, then the oldest. */
const KEPT = 10;

function retiredFolder({ store }: Pick<LogPlaces, "store">): string {
  return `${store}/.removed`;
}

/** Puts the log of a workload that was removed aside: why it failed must be there to be read, under its name, for a while. */
export async function retireLog(places: LogPlaces, name: string): Promise<void> {
  const folder = retiredFolder(places);
  const from = logFolder(places, name);
  if (!(await isThere(from))) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(`${folder}/${name}`, { recursive: true, force: true });
  await rename(from, `${folder}/${name}`);
  const entries = await Promise.all(
    (await readdir(folder)).map(async (one) => {
      const path = `${folder}/${one}`;
      const [{ ctimeMs }, files] = await Promise.all([stat(path), readdir(path)]);
      return { one, since: ctimeMs, written: files.length > 0 };
    }),
  );
  const kept = entries.sort((a, b) => Number(b.written) - Number(a.written) || b.since - a.since);
  for (const { one } of kept.slice(KEPT)) await rm(`${folder}/${one}`, { recursive: true, force: true });
}

/** Deletes what {@link retireLog} kept under a name that is used anew. */
export async function dropRetiredLog(places: LogPlaces, name: string): Promise<void> {
  await rm(`${retiredFolder(places)}/${name}`, { recursive: true, force: true });
}

/** Where a workload's log is to be read: its own folder, or, of one that was removed, the one put aside. */
export async function readableFolder(places: LogPlaces, name: string): Promise<{ folder: string; retired: boolean }> {
  const [own, aside] = [logFolder(places, name), `${retiredFolder(places)}/${name}`];
  const retired = !(await isThere(own)) && (await isThere(aside));
  return { folder: retired ? aside : own, retired };
}
