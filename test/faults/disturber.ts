import type { Device } from "../e2e/support/device.ts";
import { delay } from "../rig/wait.ts";
import type { Random } from "./random.ts";

/** The services that are killed and stopped at random. */
const SERVICES = ["berth-supervisor", "berth-agent", "berth-admin", "berth-collector"] as const;
/** Between two disturbances, in milliseconds. */
const PAUSE = { least: 300, most: 6_000 } as const;
/** How long a service is kept stopped, in milliseconds. */
const STOPPED = { least: 200, most: 8_000 } as const;

/** Kills (SIGKILL) or stops (SIGSTOP, later SIGCONT) a service at random moments until told to end; counts what it did. */
export async function disturb(device: Device, random: Random, signal: AbortSignal): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  while (!signal.aborted) {
    await delay(random.between(PAUSE.least, PAUSE.most));
    const service = random.of(SERVICES);
    const kind = random.of(["SIGKILL", "SIGSTOP"]);
    const pid = await device.shell(`systemctl show --value -p MainPID ${service}`);
    if (pid === "0") continue;
    await device.shell(`kill -s ${kind.slice(3)} ${pid} || true`);
    if (kind === "SIGSTOP") {
      await delay(random.between(STOPPED.least, STOPPED.most));
      // The watchdog may have ended it meanwhile.
      await device.shell(`kill -s CONT ${pid} 2>/dev/null || true`);
    }
    const key = `${kind} of ${service}`;
    done.set(key, (done.get(key) ?? 0) + 1);
  }
  return done;
}
