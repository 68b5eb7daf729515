import { after, before } from "node:test";
import { freePort } from "../rig/port.ts";
import { badInputCases, CLOSED_REGISTRY, NO_REGISTRY } from "./cases/bad-input.ts";
import { databaseCases } from "./cases/database.ts";
import { faultCases } from "./cases/faults.ts";
import { imageImportCases } from "./cases/image-import.ts";
import { lanApiCases } from "./cases/lan-api.ts";
import { mainJobCases } from "./cases/main-job.ts";
import { orderCases } from "./cases/orders.ts";
import { pageCases } from "./cases/page.ts";
import { boot, prepared } from "./support/boot.ts";
import type { Device } from "./support/device.ts";
import { editConfiguration, TestIssuer } from "./support/orders.ts";
import { RefusingRegistry } from "./support/refusing-registry.ts";

/** Everything that one booted appliance can show, in this order: the last case damages it. */

const from = await prepared();
const issuer = await TestIssuer.make();
let closed: RefusingRegistry | undefined;
let booted: Device | undefined;

function device(): Device {
  if (booted === undefined) throw new Error("The appliance did not boot");
  return booted;
}

before(async () => {
  closed = await RefusingRegistry.start();
  const registries = {
    [NO_REGISTRY]: { endpoint: `http://10.0.2.2:${await freePort()}` },
    [CLOSED_REGISTRY]: { endpoint: `http://10.0.2.2:${closed.port}` },
  };
  booted = await boot(from, {
    name: "e2e",
    device: "e2e",
    configure: (yaml) =>
      editConfiguration(issuer.trustedBy(yaml), (configuration) => {
        Object.assign(configuration.registries, registries);
      }),
  });
});

after(async () => {
  await booted?.appliance.stop();
  await closed?.stop();
});

mainJobCases(device);
badInputCases(device, () => {
  orderCases(device, issuer);
  lanApiCases(device);
  pageCases(device);
});
imageImportCases(device);
faultCases(device);
databaseCases(device);
