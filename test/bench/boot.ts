import { Appliance, prepare } from "../rig/appliance.ts";
import type { Machine } from "../rig/machine.ts";
import { mustExec } from "./guest.ts";
import type { BenchOptions } from "./options.ts";
import { type Result, resultOf } from "./result.ts";

const ROUNDS = 3;
/** Asked so often when the guest's clock began; the shortest answer is the nearest. */
const CLOCK_LOOKS = 5;

const UNITS = {
  "sysinit.target": "the base system (sysinit.target)",
  "berth-config.service": "configuration applied",
  "berth-supervisor.service": "supervisor ready",
  "berth-agent.service": "agent ready",
  "berth-admin.service": "admin ready",
} as const;
type Unit = keyof typeof UNITS;

const METHOD =
  "Seconds from just before QEMU's start (kernel, initrd and command line given to it, no firmware or boot loader of a " +
  "board) to the unit's ActiveEnterTimestampMonotonic, the kernel's start being the host's clock less the guest's uptime; the " +
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

type Times = Readonly<Record<"kernel" | "LAN API" | Unit, number>>;

function results(what: string, boots: readonly Times[]): Result[] {
  const names = ["kernel", ...Object.keys(UNITS), "LAN API"];
  return names.map((name) => {
    const label = name in UNITS ? UNITS[name as Unit] : name === "kernel" ? "kernel's start" : "LAN API answers";
    return resultOf(
      { metric: `${what}: ${label}`, unit: "s", method: METHOD },
      boots.map((times) => ({
        berth: times[name as keyof Times],
        baselines:
          name === "berth-supervisor.service" || name === "LAN API"
            ? { "the base system": times["sysinit.target"] }
            : {},
      })),
    );
  });
}

/** Seconds since `switchedOn` of each stage of the boot under way. */
async function bootTimes(appliance: Appliance, switchedOn: number): Promise<Times> {
  await appliance.lanReady();
  const lan = (performance.now() - switchedOn) / 1000;
  await appliance.machine.ready();
  const kernel = (await kernelStart(appliance.machine)) - switchedOn;
  const active = async (unit: Unit) => {
    const show = `systemctl show --property ActiveEnterTimestampMonotonic --value ${unit}`;
    // A unit may be on its way still.
    const text = await mustExec(appliance.machine, `until [ "$(${show})" != 0 ]; do sleep 1; done; ${show}`);
    return (kernel + Number(text) / 1000) / 1000;
  };
  return {
    kernel: kernel / 1000,
    "sysinit.target": await active("sysinit.target"),
    "berth-config.service": await active("berth-config.service"),
    "berth-supervisor.service": await active("berth-supervisor.service"),
    "berth-agent.service": await active("berth-agent.service"),
    "berth-admin.service": await active("berth-admin.service"),
    "LAN API": lan,
  };
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
