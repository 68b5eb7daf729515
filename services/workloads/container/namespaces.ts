import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ReasonError } from "../../model/reason.ts";
import { RANGE_SIZE } from "./id-range.ts";
import { type Libc, MOUNT_FLAGS } from "./libc.ts";

/** Tells that it is there, and stays until it is told to go. */
const WAIT = "echo; read -r _";

/** A user namespace's file, and the first id on the device that its ids stand for. */
export interface UserNamespace {
  readonly path: string;
  readonly first: number;
}

/** Files that hold namespaces: mounts of what /proc shows of them (namespaces(7)). */
export interface NamespaceFiles {
  /** Undefined for the device's own. */
  readonly network: string | undefined;
  /** Undefined for the device's own. */
  readonly user: UserNamespace | undefined;
}

/**
 * Makes a workload's network namespace, and the user namespace it belongs to: only there do the workload's capabilities
 * count, and its own /sys can be mounted (user_namespaces(7)). Both stay without a process.
 *
 * A process must be inside to make them, and one with threads cannot be: hence unshare(1), for a moment.
 */
export async function makeNamespaces(libc: Libc, { network, user }: NamespaceFiles): Promise<void> {
  const files = [
    ...(network === undefined ? [] : [{ path: network, type: "net" }]),
    ...(user === undefined ? [] : [{ path: user.path, type: "user" }]),
  ];
  if (files.length === 0) return;
  for (const { path } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "", { flag: "wx", mode: 0o400 });
  }
  const child = spawn("unshare", [...files.map(({ type }) => `--${type}`), "sh", "-c", WAIT], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  try {
    const pid = await inside(child);
    if (user !== undefined) {
      const map = `0 ${user.first} ${RANGE_SIZE}\n`;
      for (const file of ["uid_map", "gid_map"]) await writeFile(`/proc/${pid}/${file}`, map);
    }
    for (const { path, type } of files) libc.mount(`/proc/${pid}/ns/${type}`, path, "", MOUNT_FLAGS.bind, "");
  } finally {
    child.kill("SIGKILL");
  }
}

/** Waits until the process is in its namespaces, and gives its id. */
async function inside(child: ChildProcess): Promise<number> {
  let complaint = "";
  child.stderr?.on("data", (chunk: Uint8Array) => {
    complaint += new TextDecoder().decode(chunk);
  });
  const ended = once(child, "close").then(() => {
    throw new ReasonError({ code: "command-failed", message: `unshare made no namespaces: ${complaint.trim()}` });
  });
  // After the first line nobody waits for its end.
  ended.catch(() => undefined);
  if (child.stdout === null) throw new Error("unshare has no output");
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.pid === undefined) throw new Error("unshare has no process");
  return child.pid;
}
