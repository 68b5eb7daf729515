import type { Command } from "../command.ts";
import { workloadCommand } from "../workload-command.ts";

/** `berth start` */
export const command: Command = workloadCommand(
  "start",
  "Starts a workload that was stopped; it stays wanted across reboots.",
);
