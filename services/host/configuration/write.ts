import { chmod, chown, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Reason } from "../../model/reason.ts";
import { type Owner, writeFileAtomically } from "../atomic-file.ts";
import {
  type ConfigurationPlan,
  NETWORK_DIRECTORY,
  type PlannedDirectory,
  type PlannedFile,
  type User,
} from "./plan.ts";

/** The owners that exist on this device. */
export type Owners = ReadonlyMap<string, Owner>;

/** Users and their groups from passwd(5). */
function parseOwners(passwd: string): Owners {
  const owners = new Map<string, Owner>([["root", { uid: 0, gid: 0 }]]);
  for (const line of passwd.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name !== undefined && /^\d+$/.test(uid ?? "") && /^\d+$/.test(gid ?? "")) {
      owners.set(name, { uid: Number(uid), gid: Number(gid) });
    }
  }
  return owners;
}

/** The device's users, by the passwd(5) file below `root`. */
export async function readOwners(root: string): Promise<Owners> {
  return parseOwners(await readFile(join(root, "/etc/passwd"), "utf8").catch(() => ""));
}

/** Makes directories, or gives those that are there mode and owner. Gives what failed; the rest is done. */
export async function makeDirectories(
  root: string,
  directories: readonly PlannedDirectory[],
  owners: Owners,
): Promise<Reason[]> {
  return eachOf(directories, owners, async ({ path, mode }, { uid, gid }) => {
    const place = join(root, path);
    await mkdir(place, { recursive: true, mode });
    await chown(place, uid, gid);
    await chmod(place, mode);
  });
}

/** Writes files, each whole or not at all. Gives what failed; the rest is done. */
export async function writeFiles(root: string, files: readonly PlannedFile[], owners: Owners): Promise<Reason[]> {
  return eachOf(files, owners, ({ path, mode, content }, owner) =>
    writeFileAtomically(join(root, path), content, { mode, owner }),
  );
}

/** Puts a plan on the disk, and takes away what an earlier one left of the network. Gives what failed. */
export async function writePlan(root: string, plan: ConfigurationPlan, owners: Owners): Promise<Reason[]> {
  const failed = [
    ...(await makeDirectories(root, plan.directories, owners)),
    ...(await writeFiles(root, plan.files, owners)),
  ];
  const wanted = new Set(plan.files.map(({ path }) => basename(path)));
  const directory = join(root, NETWORK_DIRECTORY);
  for (const name of await readdir(directory).catch(() => [])) {
    if (!/^10-berth-\d+\.network$/.test(name) || wanted.has(name)) continue;
    await rm(join(directory, name)).catch((error) => failed.push(writeProblem(`${NETWORK_DIRECTORY}/${name}`, error)));
  }
  return failed;
}

async function eachOf<T extends { readonly path: string; readonly owner: User; readonly group?: User }>(
  items: readonly T[],
  owners: Owners,
  work: (item: T, owner: Owner) => Promise<void>,
): Promise<Reason[]> {
  const failed: Reason[] = [];
  for (const item of items) {
    const { path, owner, group = owner } = item;
    const [user, member] = [owners.get(owner), owners.get(group)];
    if (user === undefined || member === undefined) {
      const name = user === undefined ? owner : group;
      failed.push({ code: "user-missing", message: `${path} needs the user ${name}`, field: path });
      continue;
    }
    try {
      await work(item, { uid: user.uid, gid: member.gid });
    } catch (error) {
      failed.push(writeProblem(path, error));
    }
  }
  return failed;
}

/** Why something could not be written, without its content. */
export function writeProblem(path: string, error: unknown): Reason {
  const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return { code: "configuration-write-failed", message: `${path} could not be written: ${why}`, field: path };
}
