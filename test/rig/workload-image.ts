import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../../image/architecture.ts";
import type { Base } from "../../image/base/base.ts";
import { textDigest, treeDigest } from "../../image/digest.ts";
import { BUILD } from "../../image/paths.ts";
import type { Progress } from "../../image/progress.ts";
import { buildBusybox } from "./workload-busybox.ts";
import { buildNginx } from "./workload-nginx.ts";

/** OCI layouts of the workloads that the demo and the tests run, as `layout:tag`. */
export interface WorkloadImages {
  /** A web server: see `test/fixtures/nginx`. */
  readonly nginx: string;
  /** A shell and its tools in one small layer, for commands that exit, fail, print or hang. */
  readonly busybox: string;
}

const FIXTURE = join(import.meta.dir, "../fixtures/nginx");
const SCRIPTS = ["workload-image.ts", "workload-nginx.ts", "workload-busybox.ts", "oci-layout.ts", "debian-files.ts"];

/** Builds the workloads' images for an architecture, or finds those that were built from the same scripts and base. */
export async function workloadImages(base: Base, arch: Architecture, progress: Progress): Promise<WorkloadImages> {
  const scripts = SCRIPTS.map((name) => readFileSync(join(import.meta.dir, name), "utf8"));
  const key = textDigest(base.key, arch, treeDigest(FIXTURE), ...scripts).slice(0, 16);
  const folder = join(BUILD, "workloads", key);
  if (existsSync(folder)) {
    progress.skip("Workload images", "built already");
  } else {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await progress.step("Workload image busybox", () => buildBusybox(base, arch, join(partial, "busybox")));
    await progress.step("Workload image nginx", () => buildNginx(FIXTURE, arch, join(partial, "nginx")));
    renameSync(partial, folder);
  }
  return { nginx: `${join(folder, "nginx")}:1`, busybox: `${join(folder, "busybox")}:1` };
}
