/**
 * Installs the Debian packages the tests need: `bun test/rig/prepare.ts`. With `appliance` after it, builds all that a
 * booted appliance is made of too, so that test files which run beside each other find it there.
 */
import { Progress } from "../../image/progress.ts";
import { prepare } from "./appliance.ts";
import { installPackages } from "./packages.ts";

const progress = new Progress();
await installPackages(progress, "tests");
if (process.argv[2] === "appliance") await prepare(progress);
