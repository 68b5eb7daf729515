import { isThere } from "../../host/files.ts";
import { ReasonError } from "../../model/reason.ts";
import type { RuntimeMount } from "./runtime-spec.ts";

/** tini, linked statically so that it runs in any image: where Debian has it, and where Buildroot has it. */
const PROGRAMS = ["/usr/bin/tini-static", "/usr/bin/tini"];

/** Where a workload has its init. /dev is made anew at each start, so that no image needs a place for it. */
const DESTINATION = "/dev/init";

/**
 * The device's init for workloads.
 *
 * @throws ReasonError `start-failed` when the device has none
 */
export async function findInit(): Promise<string> {
  for (const program of PROGRAMS) if (await isThere(program)) return program;
  throw new ReasonError({
    code: "start-failed",
    message: "this device has no init for workloads",
    field: "init",
    value: true,
    allowed: "false",
  });
}

export function initMount(program: string): RuntimeMount {
  return { destination: DESTINATION, type: "bind", source: program, options: ["bind", "ro", "nosuid", "nodev"] };
}

/** A command as init's child. Source: tini(1). */
export function underInit(command: readonly string[]): string[] {
  return [DESTINATION, "--", ...command];
}
