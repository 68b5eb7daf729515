import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
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

/** Makes a workload's namespaces; they stay without a process. */
export type MakeNamespaces = (files: NamespaceFiles) => Promise<void>;

/** The kinds of namespaces that most workloads have. */
const USUAL: readonly NamespaceType[] = ["net", "user"];

/** How long after a start the next one is prepared for, in milliseconds: what starts has the device for itself first. */
const PAUSE = 500;

type NamespaceType = "net" | "user";

/**
 * Makes a workload's network namespace, and the user namespace it belongs to: only there do the workload's capabilities
 * count, and its own /sys can be mounted (user_namespaces(7)). Both stay without a process.
 *
 * A process must be inside to make them, and one with threads cannot be: hence unshare(1), for a moment.
 */
export async function makeNamespaces(libc: Libc, files: NamespaceFiles, take = hold): Promise<void> {
  const { network, user } = files;
  const wanted = [
    ...(network === undefined ? [] : [{ path: network, type: "net" } as const]),
    ...(user === undefined ? [] : [{ path: user.path, type: "user" } as const]),
  ];
  if (wanted.length === 0) return;
  const holder = take(wanted.map(({ type }) => type));
  try {
    for (const { path } of wanted) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "", { flag: "wx", mode: 0o400 });
    }
    const pid = await holder.pid;
    if (user !== undefined) {
      const map = `0 ${user.first} ${RANGE_SIZE}\n`;
      for (const file of ["uid_map", "gid_map"]) writeFileSync(`/proc/${pid}/${file}`, map);
    }
    for (const { path, type } of wanted) libc.mount(`/proc/${pid}/ns/${type}`, path, "", MOUNT_FLAGS.bind, "");
  } finally {
    holder.end();
  }
}

/**
 * {@link makeNamespaces} with a process kept ready for the next workload, inside namespaces of its own whose ids are given when
 * it is used. It ends with the supervisor, however that ends: its input does.
 */
export function openNamespaces(libc: Libc): { readonly make: MakeNamespaces; prepare(): void } {
  let spare: Holder | undefined;
  const prepare = () => {
    if (spare?.ended() !== false) spare = hold(USUAL);
  };
  const take = (types: readonly NamespaceType[]): Holder => {
    const ready = spare;
    if (ready === undefined || ready.ended() || types.join() !== USUAL.join()) return hold(types);
    spare = undefined;
    return ready;
  };
  return {
    prepare,
    make: (files) =>
      makeNamespaces(libc, files, take).finally(() => {
        setTimeout(prepare, PAUSE).unref?.();
      }),
  };
}

/** A process in namespaces of its own. */
interface Holder {
  /** Its id, once it is inside. */
  readonly pid: Promise<number>;
  ended(): boolean;
  end(): void;
}

function hold(types: readonly NamespaceType[]): Holder {
  const kinds = types.map((type) => `--${type}`);
  const child = spawn("unshare", [...kinds, "sh", "-c", WAIT], { stdio: ["pipe", "pipe", "pipe"] });
  const pid = inside(child);
  // One that is kept ready may never be asked for it.
  pid.catch(() => undefined);
  return {
    pid,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    end: () => void child.kill("SIGKILL"),
  };
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
