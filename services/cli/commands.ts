import type { Command } from "./command.ts";

/** A command before it is loaded: what the list of commands shows. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** The client's commands in the order the help lists them; only the one that runs is loaded. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: "apply", summary: "run what manifests describe", load: () => import("./commands/apply.ts") },
  { name: "import", summary: "make manifests of a compose file", load: () => import("./commands/import.ts") },
  { name: "run", summary: "run an image without a manifest", load: () => import("./commands/run.ts") },
  { name: "ps", summary: "how the workloads stand", load: () => import("./commands/ps.ts") },
  { name: "logs", summary: "what a workload wrote", load: () => import("./commands/logs.ts") },
  { name: "stats", summary: "what the workloads use, and may", load: () => import("./commands/stats.ts") },
  { name: "exec", summary: "run a command inside a workload", load: () => import("./commands/exec.ts") },
  { name: "start", summary: "start a stopped workload", load: () => import("./commands/start.ts") },
  { name: "stop", summary: "stop a workload", load: () => import("./commands/stop.ts") },
  { name: "restart", summary: "restart a workload", load: () => import("./commands/restart.ts") },
  { name: "remove", summary: "stop a workload and forget it", load: () => import("./commands/remove.ts") },
  { name: "events", summary: "what happened on the device", load: () => import("./commands/events.ts") },
  { name: "orders", summary: "how orders stand or ended", load: () => import("./commands/orders.ts") },
  { name: "cancel", summary: "end an order that has not ended", load: () => import("./commands/cancel.ts") },
  { name: "image", summary: "list, import, export and delete images", load: () => import("./commands/image.ts") },
  { name: "volume", summary: "list, back up, restore and remove volumes", load: () => import("./commands/volume.ts") },
  { name: "device", summary: "what the device is", load: () => import("./commands/device.ts") },
  { name: "devices", summary: "the fleet's devices", load: () => import("./commands/devices.ts") },
  { name: "flash", summary: "write an image to a disk", load: () => import("./commands/flash.ts") },
  { name: "verify", summary: "check a release's files and signature", load: () => import("./commands/verify.ts") },
  { name: "keys", summary: "make keys to sign releases and updates", load: () => import("./commands/keys.ts") },
  { name: "schema", summary: "JSON Schema of manifests and more", load: () => import("./commands/schema.ts") },
  { name: "version", summary: "Berth's version", load: () => import("./commands/version.ts") },
];

/** What the same executable is beside its client; started by others than this table. */
export const DAEMONS: readonly { readonly name: string; readonly summary: string }[] = [
  { name: "supervisor", summary: "the device's supervisor (root)" },
  { name: "agent", summary: "the device's link to its fleet" },
  { name: "admin", summary: "the device's LAN API and page" },
  { name: "collector", summary: "keeps what workloads write" },
  { name: "config", summary: "config apply: the first-boot configuration" },
  { name: "fleet", summary: "fleet serve: the fleet's backend" },
];
