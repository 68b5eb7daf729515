import type { WorkloadInput } from "../../services/model/workload.ts";
import { idler } from "../e2e/support/manifests.ts";
import type { Asked } from "./expected.ts";

/** The workload that others start after. No order but its first is given to it. */
export const ANCHOR = "chaos-anchor";

/** Where a job writes which version it is, on the device. */
export function jobsVersionFile(workload: string): string {
  return `/data/berth/volumes/${workload}/data/version`;
}

/** What is started first takes longest to be replaced, and is there twice. */
const SHAPES = ["volume", "start-first", "ephemeral", "port", "start-first", "job", "after"] as const;
type Shape = (typeof SHAPES)[number];

/** The shape of a workload by its number: they take turns. */
export function shapeOf(index: number): Shape {
  return SHAPES[index % SHAPES.length] ?? "volume";
}

/** What is ordered of a workload, some of it more often: what is to be replaced without a gap must run before. */
export function kindsFor(index: number): readonly [Asked["kind"], ...Asked["kind"][]] {
  return shapeOf(index) === "start-first"
    ? ["apply", "apply", "apply", "apply", "apply", "start", "restart", "remove"]
    : ["apply", "apply", "apply", "stop", "start", "restart", "remove"];
}

/** One version of a workload, which differs from the others in what its process is told of it. */
export function manifestOf(workload: string, index: number, version: number): WorkloadInput {
  const ports = [{ host: 20_000 + index, container: 80 }];
  const volumes = [{ name: workload, path: "/kept" }];
  const env = { VERSION: `${version}` };
  switch (shapeOf(index)) {
    case "volume":
      return idler(workload, { env, volumes });
    case "ephemeral":
      return idler(workload, { env, root: "ephemeral" });
    case "port":
      return idler(workload, { env, ports });
    case "start-first":
      return idler(workload, { env, ports, update: { strategy: "start-first" } });
    case "job":
      return idler(workload, { env, volumes, job: {}, args: ["sh", "-c", "echo $VERSION >/kept/version; sleep 1"] });
    case "after":
      return idler(workload, { env, after: [{ workload: ANCHOR, requires: "healthy" }] });
  }
}

/** What others start after. */
export function anchor(): WorkloadInput {
  const health = { exec: ["true"], interval: "10s", timeout: "60s" };
  return idler(ANCHOR, { env: { VERSION: "0" }, health });
}
