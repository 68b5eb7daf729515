import type { Command } from "../command.ts";
import { workloadCommand } from "../workload-command.ts";

/** `berth restart` */
export const command: Command = workloadCommand("restart", "Stops the workload's process and starts it anew.");
