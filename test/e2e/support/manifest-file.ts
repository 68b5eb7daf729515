import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import type { Device } from "./device.ts";

/** Writes a manifest to a file, as an operator has it. JSON is YAML, too. */
export function manifestFile({ appliance }: Device, manifest: WorkloadInput): string {
  const path = join(appliance.folder, `${manifest.name}.yaml`);
  writeFileSync(path, JSON.stringify(manifest, undefined, 2));
  return path;
}
