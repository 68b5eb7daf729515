import type { UnitProperty } from "../../host/systemd-property.ts";
import type { ImageConfig } from "../../model/image.ts";
import type { Workload } from "../../model/workload.ts";
import { logIdentifier, type WorkloadPaths } from "../instance/paths.ts";
import { SLICE } from "../unit/slice.ts";
import { limitProperties } from "../unit/unit-limits.ts";
import { restartProperties, stopProperties, stopSignalOf } from "../unit/unit-times.ts";

const SECOND = 1_000_000;

/**
 * The properties of a workload's transient unit. systemd limits it, restarts it with back-off and notes how it ended,
 * all without the supervisor. Source: systemd.service(5), systemd.resource-control(5), systemd.kill(5).
 *
 * @throws ReasonError `start-failed` for a stop signal Linux does not know
 */
export function unitOf(options: {
  readonly manifest: Workload;
  readonly config: ImageConfig;
  readonly paths: WorkloadPaths;
  /** Where the engine keeps what stays: on the disk whose use is limited. */
  readonly data: string;
}): UnitProperty[] {
  const { manifest, config, paths } = options;
  const shell = (script: string, mayFail = false) => ({ path: "/bin/sh", argv: ["/bin/sh", script], mayFail });
  return [
    { name: "Description", type: "s", value: `Berth workload ${manifest.name}` },
    { name: "Slice", type: "s", value: SLICE },
    // The start script names the container's first process as the unit's main one before that runs its command.
    { name: "Type", type: "s", value: "notify" },
    { name: "NotifyAccess", type: "s", value: "main" },
    ...(manifest.root === "ephemeral"
      ? [{ name: "ExecStartPre", type: "a(sasb)", value: [shell(paths.rootScript)] } as const]
      : []),
    { name: "ExecStart", type: "a(sasb)", value: [shell(paths.startScript)] },
    { name: "ExecStopPost", type: "a(sasb)", value: [shell(paths.endScript, true)] },
    { name: "TimeoutStartUSec", type: "t", value: 60 * SECOND },
    // The stop signal goes to the first process alone, as with Docker. With it, the kernel ends the rest of its pid
    // namespace.
    { name: "KillMode", type: "s", value: "process" },
    { name: "KillSignal", type: "i", value: stopSignalOf(manifest, config) },
    ...stopProperties(manifest),
    ...restartProperties(manifest),
    ...limitProperties(manifest, options.data),
    // Of the device's own devices it opens none, whatever capabilities it was given.
    { name: "DevicePolicy", type: "s", value: manifest.privileged ? "auto" : "closed" },
    { name: "StandardOutput", type: "s", value: "journal" },
    { name: "StandardError", type: "s", value: "journal" },
    { name: "SyslogIdentifier", type: "s", value: logIdentifier(manifest.name) },
    { name: "SyslogLevel", type: "i", value: 6 },
    // A workload's line is a line: one that begins with <3> says nothing to the journal.
    { name: "SyslogLevelPrefix", type: "b", value: false },
  ];
}
