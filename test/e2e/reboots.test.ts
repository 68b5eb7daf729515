import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "../../services/host/certificate.ts";
import { waitFor } from "../rig/wait.ts";
import { boot, prepared } from "./support/boot.ts";
import { Device } from "./support/device.ts";
import { idler } from "./support/manifests.ts";
import { editConfiguration } from "./support/orders.ts";

/** What needs a boot of its own: one machine, switched off and on again with other configurations. Each test goes on from the one before. */

const from = await prepared();
let booted: Device | undefined;

function device(): Device {
  if (booted === undefined) throw new Error("The appliance did not boot");
  return booted;
}

/** Pulls the plug, changes the configuration drive and switches the machine on again. */
async function powerCut(yaml: string): Promise<void> {
  const { machine } = device().appliance;
  await machine.powerCut();
  await machine.setConfig({ "berth.yaml": yaml });
  await machine.boot();
}

/** A configuration whose writing was cut off in the middle of a certificate. */
function torn(yaml: string): string {
  const end = yaml.indexOf("-----END CERTIFICATE-----");
  assert.ok(end > 0);
  return yaml.slice(0, end - 100);
}

before(async () => {
  booted = await boot(from, { name: "e2e-reboots", device: "phoenix", configure: torn, offline: true });
});

after(async () => {
  await booted?.appliance.stop();
});

describe("reboots", () => {
  test("a torn first configuration is told by field on console and API, and the device is there", async () => {
    const { appliance } = device();
    const lines = appliance.machine.console.lines();
    const token = lines
      .map((line) => /Token for the LAN API, made by this device: (\S+)/.exec(line)?.[1])
      .find(Boolean);
    assert.ok(token !== undefined, "the console shows no token");
    const { configuration, name } = await new Device(appliance, token).lan.call("getDevice");
    assert.equal(configuration.source, "none");
    assert.match(name, /^berth-[0-9a-f]{6}$/);
    const problem = configuration.problems.find(({ field }) => field === "fleet.ca" || field === "fleet.signingKeys");
    assert.ok(problem?.allowed !== undefined, JSON.stringify(configuration.problems));
    assert.ok(
      lines.some((line) => line.startsWith("! ") && line.includes(problem.field ?? "")),
      lines.join("\n"),
    );
    // What was in the file is no reason to show its secrets.
    assert.doesNotMatch(JSON.stringify(configuration.problems) + lines.join("\n"), new RegExp(appliance.token));
  });

  test("power is cut right after an order was accepted: after the next boot it ends and the workload runs", async () => {
    const { appliance } = device();
    await powerCut(appliance.configuration);
    await appliance.lanReady();
    await appliance.online();
    await device().apply(idler("elder", { restart: { policy: "always" } }));
    const id = crypto.randomUUID();
    const accepted = await device().fleet.call("giveOrder", {
      body: { id, action: { kind: "apply", manifest: idler("heir") } },
    });
    assert.equal(accepted.status, "accepted");
    // The next boot finds a torn configuration, too.
    await powerCut(torn(appliance.configuration));
    await appliance.lanReady();
    assert.equal((await device().end(id)).status, "succeeded");
    for (const name of ["elder", "heir"]) await device().phase(name, "running");
    const statuses = await waitFor("The receipts at the fleet", 60_000, async () => {
      const found = (await device().receipts(id, device().fleet)).map(({ status }) => status);
      return found.includes("succeeded") ? found : undefined;
    });
    assert.deepEqual(statuses, ["accepted", "running", "succeeded"]);
  });

  test("a torn configuration later: the last good one is kept, and the problem is told", async () => {
    const { appliance } = device();
    const { configuration, name } = await device().lan.call("getDevice");
    assert.equal(configuration.source, "kept");
    assert.equal(name, appliance.device);
    const problem = configuration.problems.find(({ field }) => field?.startsWith("fleet."));
    assert.ok(problem?.allowed !== undefined, JSON.stringify(configuration.problems));
    await appliance.online();
    assert.match((await appliance.overLan(["device"])).stdout, /Problems in the configuration:[\s\S]*fleet\./);
    const events = await device().events();
    assert.ok(events.some(({ kind, reason }) => kind === "configuration-invalid" && reason?.field === problem.field));
  });

  test("a broker with a wrong certificate is refused and told of, and workloads run", async () => {
    const { appliance } = device();
    const { certificate } = await makeAuthority("Somebody else", { days: 30, now: new Date() });
    const yaml = editConfiguration(appliance.configuration, ({ fleet }) => {
      if (fleet !== undefined) fleet.ca = certificate;
    });
    await powerCut(yaml);
    await appliance.lanReady();
    for (const name of ["elder", "heir"]) await device().phase(name, "running");
    const problem = await waitFor("The problem", 60_000, async () =>
      (await device().lan.call("getDevice")).problems.find(({ code }) => code === "broker-certificate-invalid"),
    );
    assert.equal(problem.field, "fleet.ca");
    assert.ok(problem.allowed !== undefined);
    assert.match((await appliance.overLan(["device"])).stdout, /certificate of mqtts:\S+ is not to be trusted/);
    await waitFor("The fleet's word that it is away", 60_000, async () => !(await appliance.isOnline()));
    // Nothing but the link needs the fleet.
    await device().apply(idler("hermit"));
  });

  test("without any network workloads start and the LAN API is up; what happened meanwhile reaches the fleet later", async () => {
    const { appliance } = device();
    const { machine } = appliance;
    const before_ = new Set((await device().events(device().fleet)).map(({ id }) => id));
    await powerCut(appliance.configuration);
    await machine.cutNetwork();
    await machine.ready();
    const berth = async (words: string) => device().shell(`berth ${words}`);
    await waitFor("The workloads", 180_000, async () => {
      const shown = await berth("ps");
      return ["elder", "heir", "hermit"].every((name) => new RegExp(`^${name} +running `, "m").test(shown));
    });
    assert.equal(await device().shell("cat /sys/class/net/e*/carrier"), "0");
    await device().shell(`umask 077; echo '${appliance.token}' >/run/token`);
    const lan = "--host https://127.0.0.1 --token-file /run/token --insecure";
    assert.match(await waitFor("The LAN API", 60_000, () => berth(`ps ${lan}`)), /^hermit +running /m);
    await berth(`stop hermit ${lan}`);
    await berth("exec elder -- true");

    await machine.restoreNetwork();
    await appliance.lanReady();
    await appliance.online();
    // Also what the boot with the wrong certificate kept for itself.
    const events = await waitFor("The offline time's events", 60_000, async () => {
      const found = (await device().events(device().fleet)).filter(({ id }) => !before_.has(id));
      return found.some(({ kind, workload }) => kind === "workload-stopped" && workload === "hermit")
        ? found
        : undefined;
    });
    const started = events.find(
      ({ kind, workload, order }) => kind === "workload-started" && workload === "hermit" && order,
    );
    for (const order of [started?.order, events.find(({ kind }) => kind === "workload-stopped")?.order]) {
      assert.ok(order !== undefined);
      assert.deepEqual(
        (await device().receipts(order, device().fleet)).map(({ status }) => status),
        ["accepted", "running", "succeeded"],
      );
    }
    const { stdout } = await appliance.overFleet(["ps"]);
    assert.match(stdout, /^hermit +stopped /m);
    assert.match(stdout, /^elder +running /m);
  });
});
