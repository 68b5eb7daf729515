import { after, before, test } from "node:test";
import { chaos } from "../faults/chaos.ts";
import { boot, prepared } from "./support/boot.ts";
import type { Device } from "./support/device.ts";

/** The short form of `bun run chaos`, with a seed of its own each time: it is printed. */

const SECONDS = 40;
/** One of each shape. */
const WORKLOADS = 7;

const from = await prepared();
let booted: Device | undefined;

before(async () => {
  booted = await boot(from, { name: "chaos", device: "chaos" });
});

after(() => booted?.appliance.stop());

test("services killed and stopped at random: no order is lost, no workload doubled, nothing left", async () => {
  if (booted === undefined) throw new Error("The appliance did not boot");
  await chaos(booted, {
    seed: Date.now() >>> 0,
    seconds: SECONDS,
    workloads: WORKLOADS,
    pause: 3_000,
    say: (line) => console.log(line),
  });
});
