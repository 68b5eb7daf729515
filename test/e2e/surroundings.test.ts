import { clockCases } from "./cases/clock.ts";
import { composeCases } from "./cases/compose.ts";
import { deadDiskCases } from "./cases/dead-disk.ts";
import { fullDiskCases } from "./cases/full-disk.ts";
import { imageCases } from "./cases/images.ts";
import { networkCases } from "./cases/network.ts";
import { permissive } from "./support/permissive.ts";

/** What workloads depend on: images, the network, the disk and the clock, and what happens when these fail. */

const device = await permissive("surroundings");

imageCases(device);
composeCases(device);
networkCases(device);
fullDiskCases(device);
clockCases(device);
// The last one: the machine is switched off and on for it.
deadDiskCases(device);
