import { connect } from "../../services/api/client.ts";
import { isFinal } from "../../services/model/receipt.ts";
import { trustingFetch } from "../e2e/support/device.ts";
import { idler } from "../e2e/support/manifests.ts";
import { Appliance, prepare } from "../rig/appliance.ts";
import { delay, waitFor } from "../rig/wait.ts";
import { mustExec } from "./guest.ts";
import type { BenchOptions } from "./options.ts";
import { median, type Result, resultOf } from "./result.ts";

const COUNT = 100;
/** Of the whole device, in MiB. */
const MEMORY = 1024;

const METHOD =
  `One run: ${COUNT} orders at once, each for a container of one sleeping process, on a device with ${MEMORY} MiB; meanwhile ` +
  "GET /v1/state on the LAN once a second.";

/** A hundred containers at once on a small device, which must answer all the while. */
export async function benchMany({ progress }: BenchOptions): Promise<Result[]> {
  const options = { name: "bench", device: "bench", memory: MEMORY, diskSize: 8 };
  const appliance = await Appliance.start(await prepare(progress), progress, options);
  try {
    await progress.step("Boot", () => appliance.lanReady());
    const lan = connect({ base: appliance.lanAddress, token: appliance.token, fetch: trustingFetch });
    const available = async () =>
      Number(await mustExec(appliance.machine, "sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")) /
      1000;
    const before = await available();
    const answers: number[] = [];
    let ended = false;
    const asking = (async () => {
      while (!ended) {
        const asked = performance.now();
        await lan.call("getState");
        answers.push(performance.now() - asked);
        await delay(1_000);
      }
    })();
    const began = performance.now();
    await progress.step(`${COUNT} containers at once`, async () => {
      const orders = await Promise.all(
        Array.from({ length: COUNT }, (_, index) =>
          lan.call("giveOrder", { body: { action: { kind: "apply", manifest: idler(`many-${index}`) } } }),
        ),
      );
      for (const { order } of orders) {
        const receipt = await waitFor(`The end of order ${order}`, 1_800_000, async () => {
          const newest = await lan.call("getOrder", { params: { id: order } });
          return isFinal(newest.status) ? newest : undefined;
        });
        if (receipt.status !== "succeeded") throw new Error(`order ${order}: ${JSON.stringify(receipt.reason)}`);
      }
    });
    const took = performance.now() - began;
    ended = true;
    await asking;
    const after = await available();
    const one = (metric: string, unit: string, value: number) =>
      resultOf({ metric, unit, method: METHOD }, [{ berth: value, baselines: {} }]);
    return [
      one(`${COUNT} containers running`, "s", took / 1000),
      one("  the state on the LAN meanwhile, median", "ms", median(answers)),
      one("  and at most", "ms", Math.max(...answers)),
      one("  memory available before", "MB", before),
      one("  memory available after", "MB", after),
    ];
  } finally {
    await appliance.stop();
  }
}
