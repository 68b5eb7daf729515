/**
 * Installs the Debian packages the tests need: `bun test/rig/prepare.ts`. With `appliance` after it, builds all that a
 * booted appliance is made of too, and says at last where its image is: test files which run beside each other all boot that one.
 */
import { Progress } from "../../image/progress.ts";
import { prepare } from "./appliance.ts";
import { installPackages } from "./packages.ts";

const progress = new Progress();
await installPackages(progress, "tests");
if (process.argv[2] === "appliance") {
  const { image } = await prepare(progress);
  console.log(JSON.stringify(image));
}
