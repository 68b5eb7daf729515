import { after, before } from "node:test";
import { clockCases } from "./cases/clock.ts";
import { composeCases } from "./cases/compose.ts";
import { containerCases } from "./cases/container.ts";
import { deadDiskCases } from "./cases/dead-disk.ts";
import { escapeCases } from "./cases/escape.ts";
import { fullDiskCases } from "./cases/full-disk.ts";
import { healthCases } from "./cases/health.ts";
import { imageCases } from "./cases/images.ts";
import { isolationCases } from "./cases/isolation.ts";
import { lifeCases } from "./cases/life.ts";
import { limitsCases } from "./cases/limits.ts";
import { logsCases } from "./cases/logs.ts";
import { networkCases } from "./cases/network.ts";
import { scheduleCases } from "./cases/schedule.ts";
import { storageCases } from "./cases/storage.ts";
import { updateCases } from "./cases/updates.ts";
import { volumeCases } from "./cases/volumes.ts";
import { boot, prepared } from "./support/boot.ts";
import type { Device } from "./support/device.ts";
import { editConfiguration } from "./support/orders.ts";

/** What a workload is given and what it is kept from, in one booted appliance whose owner allows all that a policy can. */

const from = await prepared();
let booted: Device | undefined;

function device(): Device {
  if (booted === undefined) throw new Error("The appliance did not boot");
  return booted;
}

before(async () => {
  booted = await boot(from, {
    name: "workloads",
    device: "workloads",
    configure: (yaml) =>
      editConfiguration(yaml, (configuration) => {
        configuration.policy = {
          privileged: true,
          unconfined: true,
          hostNetwork: true,
          hostPaths: ["/data/shared"],
        };
      }),
  });
});

after(() => booted?.appliance.stop());

containerCases(device);
imageCases(device);
composeCases(device);
healthCases(device);
updateCases(device);
lifeCases(device);
networkCases(device);
limitsCases(device);
logsCases(device);
storageCases(device);
volumeCases(device);
scheduleCases(device);
fullDiskCases(device);
clockCases(device);
isolationCases(device);
escapeCases(device);
// The last one: the machine is switched off and on for it.
deadDiskCases(device);
