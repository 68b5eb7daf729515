import type { Command } from "../command.ts";
import { workloadCommand } from "../workload-command.ts";

/** `berth stop` */
export const command: Command = workloadCommand(
  "stop",
  "Stops a workload; it stays stopped across reboots until it is started or applied.",
);
