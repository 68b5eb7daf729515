import type { Command } from "../command.ts";
import { workloadCommand } from "../workload-command.ts";

/** `berth remove` */
export const command: Command = workloadCommand("remove", "Stops a workload and forgets it. Its named volumes stay.");
