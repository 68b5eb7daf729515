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

/** The kinds of namespaces that most workloads have. */
const USUAL: readonly NamespaceType[] = ["net", "user"];

type NamespaceType = "net" | "user";

/**
 * Makes a workload's network namespace, and the user namespace it belongs to: only there do the workload's capabilities
 * count, and its own /sys can be mounted (user_namespaces(7)). Both stay without a
 * process.
 *
 * A process must be inside to make them, and one with threads cannot be: hence unshare(1), for a moment.
 */
export async function makeNamespaces(libc: Libc, files: NamespaceFiles, ready?: Holder): Promise<void> {
  const wanted = wantedOf(files);
  const { user } = files;
  if (wanted.length === 0) return;
  const holder = ready ?? hold(typesOf(files));
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

function wantedOf({ network, user }: NamespaceFiles): { readonly path: string; readonly type: NamespaceType }[] {
  return [
    ...(network === undefined ? [] : [{ path: network, type: "net" } as const]),
    ...(user === undefined ? [] : [{ path: user.path, type: "user" } as const]),
  ];
}

function typesOf(files: NamespaceFiles): NamespaceType[] {
  return wantedOf(files).map(({ type }) => type);
}

/** Makes workloads' namespaces, the next one's ahead of its order. */
export interface Namespaces {
  /** {@link makeNamespaces}; gives the link they have to the bridge already, if they do. None has that is not to be `bridged`. */
  make(files: NamespaceFiles & { readonly bridged: boolean }): Promise<string | undefined>;
  /** Makes the next one's, where they are not there. */
  prepare(): void;
}

/**
 * Opens {@link Namespaces}. A process is kept inside the next ones, whose ids are given when they are used. It ends with the
 * supervisor, however that ends: its input does; and with it go its namespaces and their link.
 *
 * @param linkAhead links the network namespace at a path to the bridge
 */
export function openNamespaces(libc: Libc, linkAhead: (namespace: string) => Promise<string>): Namespaces {
  let spare: { readonly holder: Holder; readonly link: Promise<string | undefined> } | undefined;
  const prepare = () => {
    if (spare?.holder.ended() === false) return;
    const holder = hold(USUAL);
    const linked = holder.pid.then((pid) => linkAhead(`/proc/${pid}/ns/net`));
    spare = { holder, link: linked.catch(() => undefined) };
  };
  const take = async (types: readonly NamespaceType[], bridged: boolean) => {
    const ready = spare;
    if (ready === undefined || !bridged || types.join() !== USUAL.join()) return undefined;
    spare = undefined;
    const link = await ready.link;
    if (link !== undefined && !ready.holder.ended()) return { holder: ready.holder, link };
    ready.holder.end();
    return undefined;
  };
  return {
    prepare,
    async make({ bridged, ...files }) {
      const ready = await take(typesOf(files), bridged);
      await makeNamespaces(libc, files, ready?.holder);
      return ready?.link;
    },
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
