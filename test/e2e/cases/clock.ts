import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

const DAY = 86_400;

/** A device whose clock jumps far back and far ahead: what runs goes on, and what cannot be says that it is the time. */
export function clockCases(device: () => Device): void {
  describe("clock", () => {
    const now = () => Math.floor(Date.now() / 1000);
    const jumps = { "back to 1970": () => DAY, "ten years ahead": () => now() + 3653 * DAY };
    const set = (seconds: number) => device().shell(`date -s @${seconds} >/dev/null`);
    const problem = async () => {
      const { problems } = await device().lan.call("getDevice");
      return problems.find(({ code }) => code === "broker-certificate-invalid");
    };
    let bystander: { pid: number; started: string };

    before(async () => {
      await device().apply(idler("clock-bystander"));
      bystander = await device().process("clock-bystander");
    });

    after(async () => {
      await set(now());
      await device().remove("clock-bystander", "clock-made");
    });

    for (const [name, seconds] of Object.entries(jumps)) {
      test(`${name}: workloads go on, orders on the LAN are obeyed, and the fleet's certificate is told to be the trouble`, async () => {
        const year = new Date(seconds() * 1000).getUTCFullYear();
        await set(seconds());
        await device().shell("systemctl restart berth-agent");
        const health = { exec: ["true"], interval: "1s" };
        const { order, at } = await device().apply(idler("clock-made", { env: { JUMP: name }, health }));
        assert.equal(new Date(at).getUTCFullYear(), year);
        assert.equal((await device().status("clock-made")).health, "healthy");
        assert.deepEqual(
          (await device().receipts(order)).map(({ status }) => status),
          ["accepted", "running", "succeeded"],
        );
        const { exec } = await device().succeed({
          kind: "exec",
          workload: "clock-made",
          command: ["sh", "-c", "echo $JUMP; date +%Y"],
        });
        assert.deepEqual(exec?.stdout.trim().split("\n"), [name, `${year}`]);
        const { message } = await waitFor("The trouble with the certificate", 60_000, problem);
        assert.match(message, new RegExp(`is not valid at this device's time, ${year}-`));
        assert.deepEqual(await device().process("clock-bystander"), bystander);
      });
    }

    test("back at the right time all is well, and receipts and events are in the order in which they were written", async () => {
      await set(now());
      await device().shell("systemctl restart berth-agent");
      await device().appliance.online();
      await waitFor("No trouble", 60_000, async () => (await problem()) === undefined);
      const { code, stderr } = await device().appliance.overFleet(["restart", "clock-made"]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await device().process("clock-bystander"), bystander);
      const sequences: number[] = [];
      for await (const { data } of device().lan.follow("followReceipts")) sequences.push(data.sequence);
      assert.deepEqual(sequences, rising(sequences));
      const events = await device().events();
      assert.ok(events.some(({ at }) => at.startsWith("1970-")));
      const ids = events.map(({ id }) => id);
      assert.deepEqual(ids, rising(ids));
      assert.equal(await device().shell("systemctl list-units --failed --plain --no-legend 'berth-*'"), "");
    });
  });
}

/** The same numbers, each once, from the least. */
function rising(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
