import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "../../services/host/certificate.ts";
import { isFinal } from "../../services/model/receipt.ts";
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

/** A configuration whose authority did not sign the broker's certificate. */
async function distrustful(yaml: string): Promise<string> {
  const { certificate } = await makeAuthority("Somebody else", { days: 30, now: new Date() });
  return editConfiguration(yaml, ({ fleet }) => {
    if (fleet !== undefined) fleet.ca = certificate;
  });
}

const AFTER_ELDER = [{ workload: "elder", requires: "healthy" as const }];

/** Since the device was last switched on, the heir started once its elder was healthy. */
async function heirCameAfterElder(): Promise<void> {
  const events = await device().events();
  const since = events.slice(events.findLastIndex(({ kind }) => kind === "supervisor-started"));
  const place = (name: string, what: string) =>
    since.findIndex(({ kind, workload }) => kind === what && workload === name);
  const healthy = place("elder", "workload-healthy");
  assert.ok(healthy > 0 && healthy < place("heir", "workload-started"), JSON.stringify(since));
}

const offlineOrder = crypto.randomUUID();

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

  test("a broker with a wrong certificate is refused and told of, and orders on the LAN are obeyed", async () => {
    const { appliance } = device();
    await powerCut(await distrustful(appliance.configuration));
    await appliance.lanReady();
    await device().apply(idler("elder", { health: { exec: ["true"], interval: "5s" } }));
    const problem = await waitFor("The problem", 60_000, async () =>
      (await device().lan.call("getDevice")).problems.find(({ code }) => code === "broker-certificate-invalid"),
    );
    assert.equal(problem.field, "fleet.ca");
    assert.ok(problem.allowed !== undefined);
    assert.match((await appliance.overLan(["device"])).stdout, /certificate of mqtts:\S+ is not to be trusted/);
    assert.equal(await appliance.isOnline(), false);
    assert.equal((await device().status("elder")).phase, "running");
  });

  test("power is cut right after an order was accepted: after the next boot it ends and the workload runs", async () => {
    const { appliance } = device();
    const accepted = await device().give(
      { kind: "apply", manifest: idler("heir", { after: AFTER_ELDER }) },
      offlineOrder,
    );
    assert.equal(accepted.status, "accepted");
    await powerCut(torn(appliance.configuration));
    await appliance.lanReady();
    assert.equal((await device().end(offlineOrder)).status, "succeeded");
    for (const name of ["elder", "heir"]) await device().phase(name, "running");
    await heirCameAfterElder();
    assert.deepEqual(
      (await device().receipts(offlineOrder)).map(({ status }) => status),
      ["accepted", "running", "succeeded"],
    );
  });

  test("a torn configuration later: the last good one is kept, and the problem is told", async () => {
    const { appliance } = device();
    const { configuration, name } = await device().lan.call("getDevice");
    assert.equal(configuration.source, "kept");
    assert.equal(name, appliance.device);
    const problem = configuration.problems.find(({ field }) => field?.startsWith("fleet."));
    assert.ok(problem?.allowed !== undefined, JSON.stringify(configuration.problems));
    assert.match((await appliance.overLan(["device"])).stdout, /Problems in the configuration:[\s\S]*fleet\./);
    const events = await device().events();
    assert.ok(events.some(({ kind, reason }) => kind === "configuration-invalid" && reason?.field === problem.field));
  });

  test("without any network workloads start and the LAN API is up", async () => {
    const { machine, token, configuration } = device().appliance;
    await powerCut(configuration);
    await machine.cutNetwork();
    await machine.ready();
    const berth = (words: string) => device().shell(`berth ${words}`);
    await waitFor("The workloads", 180_000, async () => {
      const shown = await berth("ps");
      return ["elder", "heir"].every((name) => new RegExp(`^${name} +running `, "m").test(shown));
    });
    assert.equal(await device().shell("cat /sys/class/net/e*/carrier"), "0");
    await device().shell(`umask 077; echo '${token}' >/run/token`);
    const lan = "--host https://127.0.0.1 --token-file /run/token --insecure";
    assert.match(await waitFor("The LAN API", 60_000, () => berth(`ps ${lan}`)), /^heir +running /m);
    await berth(`stop heir ${lan}`);
    await berth("exec elder -- true");
  });

  test("what happened without the fleet reaches it once the network is back", async () => {
    const { appliance } = device();
    await appliance.machine.restoreNetwork();
    await appliance.lanReady();
    await appliance.online();
    await heirCameAfterElder();
    const here = await device().lan.call("listOrders", { query: { limit: 100 } });
    assert.deepEqual(
      here.map(({ action }) => `${action?.kind} ${action?.workload}`),
      ["exec elder", "stop heir", "apply heir", "apply elder"],
    );
    for (const { order, issuer } of here) {
      const receipts = await waitFor(`The receipts of ${order}`, 60_000, async () => {
        const found = await device().receipts(order, device().fleet);
        return found.length >= 3 ? found : undefined;
      });
      assert.deepEqual(
        receipts.map(({ status }) => status),
        ["accepted", "running", "succeeded"],
      );
      for (const receipt of receipts) assert.equal(receipt.issuer, issuer);
    }
    const events = await device().events(device().fleet);
    assert.ok(events.some(({ kind, workload }) => kind === "workload-stopped" && workload === "heir"));
    await waitFor("The state at the fleet", 60_000, async () => {
      const { stdout } = await appliance.overFleet(["ps"]);
      return /^elder +running /m.test(stdout) && /^heir +stopped /m.test(stdout);
    });
  });

  test("power is cut right after an order over the fleet was accepted: its end reaches the fleet", async () => {
    const { appliance } = device();
    const order = crypto.randomUUID();
    const action = { kind: "start", workload: "heir" } as const;
    const accepted = await device().fleet.call("giveOrder", { body: { id: order, action } });
    assert.equal(accepted.status, "accepted");
    await powerCut(appliance.configuration);
    const end = await waitFor("Its end", 240_000, async () => {
      const receipt = await device().fleet.call("getOrder", { params: { id: order } });
      return isFinal(receipt.status) ? receipt : undefined;
    });
    assert.equal(end.status, "succeeded");
    await device().phase("heir", "running");
  });

  test("power is cut while a version that failed is taken back: the one before runs, and the order has failed", async () => {
    const { appliance } = device();
    const bad = idler("elder", { args: ["sh", "-c", "exit 3"], restart: { policy: "never" } });
    const { order } = await device().give({ kind: "apply", manifest: bad });
    await waitFor("The failure", 120_000, async () =>
      (await device().receipts(order)).some(({ reason }) => reason?.code === "exited"),
    );
    await powerCut(appliance.configuration);
    await appliance.lanReady();
    const { status, reason } = await device().end(order, 180_000);
    assert.equal(status, "failed");
    assert.match(reason?.message ?? "", /exited with 3; what ran before runs/);
    await device().phase("elder", "running");
    const { pid } = await device().process("elder");
    assert.equal(await device().shell(`tr '\\0' ' ' </proc/${pid}/cmdline`), "sleep 1000000");
  });
});
