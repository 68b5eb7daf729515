/**
 * `bun run chaos [--minutes 10] [--workloads 20] [--seed N]`: boots an appliance and disturbs it. The seed is printed: the same
 * one gives the same orders and disturbances again, though not the same moments.
 */
import { parseArgs } from "node:util";
import { boot, prepared } from "../e2e/support/boot.ts";
import { stopAll } from "../rig/cleanup.ts";
import { chaos } from "./chaos.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: "string" }, workloads: { type: "string" }, seed: { type: "string" } },
  });
  const { minutes = "10", workloads = "20", seed = `${Date.now() >>> 0}` } = values;
  const device = await boot(await prepared(), { name: "chaos", device: "chaos" });
  await chaos(device, {
    seed: Number(seed),
    seconds: Number(minutes) * 60,
    workloads: Number(workloads),
    pause: 2_000,
    say: (line) => console.log(line),
  });
  console.log("every order ended, every workload is as ordered, nothing is left");
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
process.exit();
