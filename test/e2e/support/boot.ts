import { Progress } from "../../../image/progress.ts";
import { Appliance, type ApplianceOptions, type Prepared, prepare } from "../../rig/appliance.ts";
import { installPackages } from "../../rig/packages.ts";
import { Device } from "./device.ts";

/** Builds what the tests boot. To be awaited while a test file is loaded: unlike hooks, that has no time limit. */
export async function prepared(): Promise<Prepared> {
  const progress = new Progress();
  await installPackages(progress, "tests");
  return prepare(progress);
}

/** Boots an appliance with its fleet and registry; its LAN API answers, and it is online at its fleet unless told not to wait. */
export async function boot(
  from: Prepared,
  options: ApplianceOptions & { readonly name: string; readonly offline?: boolean },
): Promise<Device> {
  const { offline = false, ...rest } = options;
  const appliance = await Appliance.start(from, new Progress(), rest);
  await appliance.lanReady();
  if (!offline) await appliance.online();
  return new Device(appliance);
}
