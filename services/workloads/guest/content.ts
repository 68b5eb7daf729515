import { mkdir, rm } from "node:fs/promises";
import { mustRun } from "../../host/command.ts";
import type { Workload } from "../../model/workload.ts";
import type { RuntimeConfig } from "../bundle/runtime-spec.ts";
import { placeFile } from "../place.ts";
import { writeInlineFiles } from "../places/inline-files.ts";
import type { AccountFiles } from "../root/accounts.ts";
import type { GuestVolume } from "./command-line.ts";
import { INSIDE } from "./inside.ts";
import type { GuestPaths } from "./paths.ts";

/** What a guest finds on its bundle disk. */
export interface GuestContent {
  readonly manifest: Workload;
  readonly config: RuntimeConfig;
  readonly network: string;
  readonly hosts: string;
  readonly resolvConf: string;
  readonly hostname: string;
  readonly volumes: readonly GuestVolume[];
  readonly accounts: AccountFiles;
}

/** As few bytes as it can be, the same for the same content. Source: mkfs.erofs(1). */
const MKFS = ["mkfs.erofs", "--quiet", "-T0", "-Uclear"];

/** Makes a guest's bundle disk. It may hold secrets: like what it is made from, only root may read it. */
export async function makeBundleDisk(
  { content: folder, bundleDisk }: GuestPaths,
  content: GuestContent,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const place = (name: string, text: string, mode = 0o644) => placeFile(`${folder}/${name}`, text, mode);
  place("config.json", JSON.stringify(content.config), 0o600);
  place("network", content.network);
  place("hosts", content.hosts);
  place("resolv.conf", content.resolvConf);
  place("hostname", content.hostname);
  place("volumes", content.volumes.map(volumeLine).join(""));
  const { pids } = content.manifest.limits;
  place("limits", pids === undefined ? "" : `pids.max ${pids}\n`);
  place("root", `${content.manifest.root}\n`);
  await writeInlineFiles(content.manifest.files, `${folder}/files`, content.accounts);
  await mustRun([...MKFS, bundleDisk, folder]);
  await rm(folder, { recursive: true });
}

function volumeLine({ tag, readOnly }: GuestVolume): string {
  return `${tag} ${INSIDE.volume(tag)} ${readOnly ? "ro" : "rw"}\n`;
}
