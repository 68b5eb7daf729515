import { after, before } from "node:test";
import type { ApplianceOptions } from "../../rig/appliance.ts";
import { boot, prepared } from "./boot.ts";
import type { Device } from "./device.ts";
import { editConfiguration } from "./orders.ts";

/**
 * An appliance for the tests of one file, whose owner allows all that a policy can: booted before the first, stopped after
 * the last. To be awaited while the file is loaded.
 */
export async function permissive(name: string, options: Pick<ApplianceOptions, "memory"> = {}): Promise<() => Device> {
  const from = await prepared();
  let booted: Device | undefined;
  before(async () => {
    booted = await boot(from, {
      ...options,
      name,
      device: name,
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
  return () => {
    if (booted === undefined) throw new Error("The appliance did not boot");
    return booted;
  };
}
