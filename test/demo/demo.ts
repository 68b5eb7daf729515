import { parseArgs } from "node:util";
import { Progress } from "../../image/progress.ts";
import { Appliance, prepare } from "../rig/appliance.ts";
import { stopAll } from "../rig/cleanup.ts";
import { checkMainJob } from "./main-job.ts";
import { runWeb } from "./web.ts";

/** Runs the demo; gives its exit code. With `--check` it asserts every step, stops everything and ends. */
export async function demo(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { check: { type: "boolean", default: false } } });
  const progress = new Progress();
  try {
    const prepared = await prepare(progress);
    const appliance = await Appliance.start(prepared, progress);
    await progress.step("Boot of the appliance, until its LAN API answers", () => appliance.lanReady());
    await progress.step("Its link to the fleet", () => appliance.online());
    await runWeb(appliance, progress);
    if (values.check) {
      await checkMainJob(appliance, progress);
      progress.note(`Every step passed, in ${Math.round(progress.elapsed / 1000)} s.`);
    } else {
      for (const line of whereToLook(appliance)) progress.note(line);
      await new Promise(() => undefined);
    }
    await stopAll();
    return 0;
  } catch (error) {
    progress.note(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    await stopAll();
    return 1;
  }
}

function whereToLook(appliance: Appliance): string[] {
  const { fleet, device, lanAddress, webAddress, tokenFile, machine, prepared } = appliance;
  const environment = Object.entries(fleet.environment).map(([name, value]) => `${name}=${value}`);
  return [
    "",
    `The workload:   ${webAddress}`,
    `The device:     ${lanAddress}   (its page and LAN API; the certificate is its own)`,
    `  its token:    ${appliance.token}`,
    `  its console:  socat -,raw,echo=0 UNIX-CONNECT:${machine.consoleSocket}`,
    "Commands over the fleet:",
    `  export ${environment.join(" ")}`,
    `  ${prepared.executable} ps --device ${device}`,
    "Commands over the LAN:",
    `  ${prepared.executable} ps --host ${lanAddress} --token-file ${tokenFile} --insecure`,
    "",
    "Ctrl-C stops it all.",
  ];
}
