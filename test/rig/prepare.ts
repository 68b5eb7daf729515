/** Installs the Debian packages the tests need: `bun test/rig/prepare.ts`. */
import { Progress } from "../../image/progress.ts";
import { installPackages } from "./packages.ts";

await installPackages(new Progress(), "tests");
