import { Appliance, prepare } from "../rig/appliance.ts";
import type { Machine } from "../rig/machine.ts";
import { mustExec } from "./guest.ts";
import type { BenchOptions } from "./options.ts";
import { type Result, resultOf } from "./result.ts";

const ROUNDS = 3;
/** Asked so often when the guest's clock began; the shortest answer is the nearest. */
const CLOCK_LOOKS = 5;

const BASE = "sysinit.target";
/** The stages of a boot that systemd notes, by unit. */
const UNITS: ReadonlyMap<string, string> = new Map([
  [BASE, "the base system (sysinit.target)"],
  ["berth-config.service", "configuration applied"],
  ["berth-supervisor.service", "supervisor ready"],
  ["berth-agent.service", "agent ready"],
  ["berth-admin.service", "admin ready"],
]);
const KERNEL = "kernel's start";
const LAN = "LAN API answers";
/** Those told beside the base system. */
const AIMS: readonly string[] = ["supervisor ready", LAN];

const METHOD =
  "Seconds from just before QEMU's start (with firmware and boot loader) " +
  "to the unit's ActiveEnterTimestampMonotonic, the kernel's start being the host's clock less the guest's uptime; the " +
  "LAN API from the host's first good GET /healthz. Beside it the base system's sysinit.target in the same boot.";

/** From power on to a working supervisor and LAN API: the first boot, and later ones. */
export async function benchBoot({ rounds = ROUNDS, progress }: BenchOptions): Promise<Result[]> {
  const prepared = await prepare(progress);
  let switchedOn = performance.now();
  const appliance = await Appliance.start(prepared, progress, {
    name: "bench",
    device: "bench",
    // Called after everything else is up, just before the machine is made and switched on.
    configure(yaml) {
      switchedOn = performance.now();
      return yaml;
    },
  });
  try {
    const first = await progress.step("boot: the first", () => bootTimes(appliance, switchedOn));
    const later: Times[] = [];
    await progress.step(`boot: ${rounds} rounds`, async () => {
      for (let round = 0; round < rounds; round++) {
        await appliance.machine.shutdown();
        const before = performance.now();
        await appliance.machine.boot();
        later.push(await bootTimes(appliance, before));
      }
    });
    return [...results("boot", later), ...results("first boot", [first])];
  } finally {
    await appliance.stop();
  }
}

/** Seconds since power on of each stage, by its name, in order. */
type Times = ReadonlyMap<string, number>;

function results(what: string, boots: readonly Times[]): Result[] {
  const at = (times: Times, stage: string) => times.get(stage) ?? Number.NaN;
  return [...(boots[0]?.keys() ?? [])].map((stage) =>
    resultOf(
      { metric: `${what}: ${stage}`, unit: "s", method: METHOD },
      boots.map((times) => ({
        berth: at(times, stage),
        baselines: AIMS.includes(stage) ? { "the base system": at(times, UNITS.get(BASE) ?? "") } : {},
      })),
    ),
  );
}

/** Seconds since `switchedOn` of each stage of the boot under way. */
async function bootTimes(appliance: Appliance, switchedOn: number): Promise<Times> {
  await appliance.lanReady();
  const lan = (performance.now() - switchedOn) / 1000;
  await appliance.machine.ready();
  const kernel = (await kernelStart(appliance.machine)) - switchedOn;
  const times = new Map([[KERNEL, kernel / 1000]]);
  for (const [unit, stage] of UNITS) {
    const show = `systemctl show --property ActiveEnterTimestampMonotonic --value ${unit}`;
    // A unit may be on its way still.
    const text = await mustExec(appliance.machine, `until [ "$(${show})" != 0 ]; do sleep 1; done; ${show}`);
    times.set(stage, (kernel + Number(text) / 1000) / 1000);
  }
  return times.set(LAN, lan);
}

/** When the guest's kernel started, on the host's monotonic clock, in milliseconds: at most the shortest answer too late. */
async function kernelStart(machine: Machine): Promise<number> {
  const starts: number[] = [];
  for (let look = 0; look < CLOCK_LOOKS; look++) {
    const uptime = await mustExec(machine, "cat /proc/uptime");
    starts.push(performance.now() - Number(uptime.split(" ")[0]) * 1000);
  }
  return Math.min(...starts);
}
