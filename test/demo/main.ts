/**
 * `bun run demo [--check]`: boots the appliance and runs a workload on it. Only `node:` modules are imported up here,
 * since the npm packages are not there yet on a fresh clone.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");

console.log("> npm packages");
const { status } = spawnSync(process.execPath, ["install", "--frozen-lockfile", "--silent"], {
  cwd: PROJECT,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const { demo } = await import("./demo.ts");
process.exitCode = await demo(process.argv.slice(2));
