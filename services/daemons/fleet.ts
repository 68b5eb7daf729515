import { runFleetCommand } from "../fleet/command.ts";
import { systemClock } from "../host/clock.ts";
import { createLog } from "../host/log.ts";
import { terminationSignal } from "./termination.ts";

/** `berth fleet …`: the fleet's side, on the operator's host. */
export async function runFleet(argv: readonly string[]): Promise<void> {
  await runFleetCommand(argv, {
    env: process.env,
    clock: systemClock,
    log: createLog("fleet"),
    random: Math.random,
    signal: terminationSignal(),
    uid: process.getuid?.(),
    print: (line) => process.stdout.write(`${line}\n`),
  });
}
