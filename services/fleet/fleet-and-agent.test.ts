import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { until } from "../agent/fixtures/until.ts";
import type { ApiClient } from "../api/client.ts";
import { issue, makeAuthority } from "../host/certificate.ts";
import type { OrderRequest } from "../model/order.ts";
import { ReasonError } from "../model/reason.ts";
import { TestBroker } from "./fixtures/broker.ts";
import { MqttPublisher } from "./fixtures/publisher.ts";
import { TestDevice } from "./fixtures/test-device.ts";
import { startFleet, type TestFleet } from "./fixtures/test-fleet.ts";

const stop = (workload: string): OrderRequest["action"] => ({ kind: "stop", workload });

const LIMIT = { timeout: 120_000 };

let folder: string;
let broker: TestBroker;
let fleet: TestFleet;
const devices: TestDevice[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "berth-agent-"));
  broker = await TestBroker.start(join(folder, "fleet"));
  fleet = await startFleet(broker);
}, LIMIT);

afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.stop()));
}, LIMIT);

after(async () => {
  await fleet.stop();
  await broker.kill();
  rmSync(folder, { recursive: true, force: true });
}, LIMIT);

/** A device, known to the fleet, whose agent runs unless `run` is false. */
async function device(name: string, run = true): Promise<{ device: TestDevice; api: ApiClient }> {
  const made = await TestDevice.make(name, join(folder, name), broker);
  devices.push(made);
  const api = fleet.api(name);
  if (run) {
    made.run();
    await online(name, true);
  }
  return { device: made, api };
}

function online(name: string, expected: boolean): Promise<true> {
  return until(`${name} to be ${expected ? "online" : "offline"}`, async () => {
    const answer = await fetch(`${fleet.base}/v1/devices`, { headers: { authorization: `Bearer ${fleet.token}` } });
    const list: { device: string; online: boolean; version?: string }[] = JSON.parse(await answer.text());
    const one = list.find((entry) => entry.device === name);
    return one?.online === expected && (!expected || one.version !== undefined);
  });
}

async function statuses(api: ApiClient, order: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { data } of api.follow("followReceipts")) if (data.order === order) found.push(data.status);
  return found;
}

describe("an order", () => {
  test("reaches the supervisor, and its receipts come back signed by the device", LIMIT, async () => {
    const { device: demo, api } = await device("demo");
    demo.supervisor.onAccepted = (order) => {
      demo.supervisor.addReceipt(order.id, "running");
      demo.supervisor.addReceipt(order.id, "succeeded");
    };
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    assert.equal(demo.supervisor.taken[0]?.action.kind, "stop");
    assert.notEqual(receipt.status, "sent");
    await until(
      "the end",
      async () => (await api.call("getOrder", { params: { id: receipt.order } })).status === "succeeded",
    );
    assert.deepEqual(await statuses(api, receipt.order), ["accepted", "running", "succeeded"]);
  });

  test(
    "is acknowledged only when the supervisor has answered: an agent killed before gets it again",
    LIMIT,
    async () => {
      const { device: killed, api } = await device("killed");
      let release = () => {};
      killed.supervisor.held = new Promise((resolve) => {
        release = resolve;
      });
      const given = api.call("giveOrder", { body: { id: "order-killed", action: stop("web") } });
      await until("the first delivery", () => killed.supervisor.brought.length === 1);
      await killed.kill();
      killed.run();
      await until("the second delivery", () => killed.supervisor.brought.length >= 2);
      assert.deepEqual(new Set(killed.supervisor.brought), new Set(["order-killed"]));
      release();
      await given;
      await until("the receipt", async () => (await statuses(api, "order-killed")).length > 0);
      assert.equal(killed.supervisor.taken.length, 1);
    },
  );

  test("waits unacknowledged while the supervisor is down, and the link stays", LIMIT, async () => {
    const { device: waiting, api } = await device("waiting");
    await waiting.supervisor.stop();
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    assert.equal(receipt.status, "sent");
    assert.equal(waiting.status()?.state, "connected");
    waiting.supervisor.start();
    await until("the order", () => waiting.supervisor.taken.length === 1);
    await until("the receipt", async () => (await statuses(api, receipt.order)).length === 1);
  });

  test("for a device that is off is sent, and taken when it comes", LIMIT, async () => {
    const { device: off, api } = await device("off", false);
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    assert.equal(receipt.status, "sent");
    assert.equal(receipt.sequence, 0);
    off.run();
    await until("the order", () => off.supervisor.taken.length === 1);
    await until(
      "the receipt",
      async () => (await api.call("getOrder", { params: { id: receipt.order } })).status === "accepted",
    );
  });

  test("given twice takes effect once", LIMIT, async () => {
    const { device: twice, api } = await device("twice");
    const body = { id: "order-twice-1", action: stop("web") };
    await api.call("giveOrder", { body });
    await api.call("giveOrder", { body });
    await twice.kill();
    twice.run();
    await online("twice", true);
    await api.call("giveOrder", { body: { action: stop("web") } });
    assert.equal(twice.supervisor.taken.length, 2);
    assert.equal((await statuses(api, body.id)).length, 1);
  });

  test("in hand while the broker dies and comes back ends all the same", LIMIT, async () => {
    const { device: cut, api } = await device("cut");
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    cut.supervisor.addReceipt(receipt.order, "running");
    await broker.kill();
    cut.supervisor.addReceipt(receipt.order, "succeeded");
    await until("the agent to notice", () => cut.status()?.state === "offline");
    await broker.run();
    await until("all receipts", async () => (await statuses(api, receipt.order)).length === 3, 60_000);
    assert.deepEqual(await statuses(api, receipt.order), ["accepted", "running", "succeeded"]);
  });

  test("that never left a broker that died is sent again by the fleet", LIMIT, async () => {
    const { device: lost, api } = await device("lost", false);
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    await broker.kill();
    await broker.run();
    lost.run();
    await until("the order", () => lost.supervisor.taken.length === 1, 60_000);
    assert.equal(lost.supervisor.taken[0]?.id, receipt.order);
  });
});

describe("a device", () => {
  test(
    "that was cut off tells everything afterwards, once and in order, whatever killed its agent meanwhile",
    LIMIT,
    async () => {
      const { device: away, api } = await device("away");
      await until("the link", () => away.status()?.state === "connected");
      await broker.kill();
      for (let count = 1; count <= 60; count++) {
        away.supervisor.addEvent(`event ${count}`);
        away.supervisor.addReceipt(`order-away-${count}`, "accepted");
        if (count % 20 === 0) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          await away.kill();
          away.run();
        }
      }
      await broker.run();
      const messages = await until(
        "the events",
        async () => {
          const found: string[] = [];
          for await (const { data } of api.follow("followEvents", { query: { limit: 1000 } })) found.push(data.message);
          return found.length >= 60 && found;
        },
        90_000,
      );
      assert.deepEqual(
        messages,
        Array.from({ length: 60 }, (_, index) => `event ${index + 1}`),
      );
      const orders = await until(
        "the receipts",
        async () => {
          const found: string[] = [];
          for await (const { data } of api.follow("followReceipts")) found.push(data.order);
          return found.length >= 60 && found;
        },
        90_000,
      );
      assert.deepEqual(
        orders,
        Array.from({ length: 60 }, (_, index) => `order-away-${index + 1}`),
      );
    },
  );

  test("with the wrong authority refuses the broker, says why, and stays up", LIMIT, async () => {
    const { device: wary } = await device("wary", false);
    const other = await makeAuthority("somebody else");
    wary.run({ ca: other.certificate });
    const status = await until("the refusal", () => {
      const found = wary.status();
      return found?.state === "offline" && found;
    });
    assert.equal(status.reason?.code, "broker-certificate-invalid");
    assert.equal(status.reason?.field, "fleet.ca");
    await wary.kill("SIGTERM");
    assert.match(wary.output, /certificate/);
    assert.doesNotMatch(wary.output, /BEGIN/);
  });

  test("with a certificate the broker does not trust learns that it is its own", LIMIT, async () => {
    const { device: stranger } = await device("stranger", false);
    const authority = await makeAuthority("somebody else");
    const own = await issue({ authority, commonName: "stranger", usage: "client", days: 1 });
    stranger.run({ certificate: own.certificate, key: own.privateKey });
    const status = await until("the refusal", () => {
      const found = stranger.status();
      return found?.state === "offline" && found;
    });
    assert.equal(status.reason?.code, "client-certificate-refused");
  });

  test("is online, then offline by its will when it dies and by its word when it leaves", LIMIT, async () => {
    const { device: here } = await device("here");
    await here.kill();
    await online("here", false);
    here.run();
    await online("here", true);
    await here.kill("SIGTERM");
    await online("here", false);
  });

  test("reports its state, newest only, and the progress of orders", LIMIT, async () => {
    const { device: busy, api } = await device("busy");
    const ending = new AbortController();
    const steps: string[] = [];
    const revisions: number[] = [];
    const following = (async () => {
      for await (const { event, data } of api.follow("followState", { signal: ending.signal })) {
        if (event === "progress") steps.push(data.step);
        else revisions.push(data.revision);
      }
    })();
    await until("the first state", () => revisions.length > 0);
    for (let count = 0; count < 50; count++) busy.supervisor.setState({});
    await until("the newest state", () => revisions.at(-1) === 51);
    assert(revisions.length < 50);
    await until("the progress", () => {
      busy.supervisor.setProgress({ order: "o", workload: "web", step: "pull", message: "layer" });
      return steps.includes("pull");
    });
    ending.abort();
    await following;
  });

  test("cannot publish for another, nor give orders, nor read them", LIMIT, async () => {
    const { device: honest, api } = await device("honest");
    const { device: sly } = await device("sly", false);
    const client = await MqttPublisher.connect(broker, sly.fleet, ["berth/1/honest/orders", "berth/1/#"]);
    await client.publish(
      "berth/1/honest/presence",
      JSON.stringify({ device: "honest", online: false, at: new Date() }),
    );
    await client.publish("berth/1/honest/orders", "{}");
    await client.publish("berth/1/sly/orders", "{}");
    const receipt = await api.call("giveOrder", { body: { action: stop("web") } });
    assert.equal(receipt.status, "accepted");
    assert.deepEqual(client.messages(), []);
    assert.deepEqual(
      (await api.call("getDevice")).problems.map(({ code }) => code),
      [],
    );
    assert.equal(honest.supervisor.brought.length, 1);
    await client.end();
  });
});

describe("logs", () => {
  test("come from the device's end of them and go on as they are written", LIMIT, async () => {
    const { device: wordy, api } = await device("wordy");
    for (let count = 1; count <= 10; count++) wordy.supervisor.addLine(`line ${count}`);
    const ending = new AbortController();
    const lines: string[] = [];
    const query = { tail: 3, follow: true };
    const following = (async () => {
      for await (const { data } of api.follow("followLogs", {
        params: { name: "web" },
        query,
        signal: ending.signal,
      })) {
        lines.push(data.message);
      }
    })();
    await until("the tail", () => lines.length >= 3);
    for (let count = 11; count <= 500; count++) wordy.supervisor.addLine(`line ${count}`);
    await until("the rest", () => lines.length >= 493);
    assert.deepEqual(
      lines,
      Array.from({ length: 493 }, (_, index) => `line ${index + 8}`),
    );
    ending.abort();
    await following;
    const tail: string[] = [];
    for await (const { data } of api.follow("followLogs", { params: { name: "web" }, query: { tail: 2 } })) {
      tail.push(data.message);
    }
    assert.deepEqual(tail, ["line 499", "line 500"]);
  });

  test("miss nothing that is written while they are being opened", LIMIT, async () => {
    const { device: slow, api } = await device("slow-to-open");
    slow.supervisor.addLine("before");
    let open = () => {};
    slow.supervisor.openLog = new Promise((resolve) => {
      open = resolve;
    });
    const ending = new AbortController();
    const lines: string[] = [];
    const request = { params: { name: "web" }, query: { tail: 10, follow: true }, signal: ending.signal };
    const following = (async () => {
      for await (const { data } of api.follow("followLogs", request)) lines.push(data.message);
    })();
    await until("the tail", () => lines.length >= 1);
    slow.supervisor.addLine("meanwhile");
    open();
    await until("the line of meanwhile", () => lines.length >= 2);
    slow.supervisor.addLine("after");
    await until("the line after", () => lines.length >= 3);
    assert.deepEqual(lines, ["before", "meanwhile", "after"]);
    ending.abort();
    await following;
  });

  test("of a device that is off are not waited for", LIMIT, async () => {
    const { api } = await device("silent", false);
    const read = async () => {
      for await (const _ of api.follow("followLogs", { params: { name: "web" } })) assert.fail("a line");
    };
    await assert.rejects(read(), (error: unknown) => {
      assert(error instanceof ReasonError);
      assert.equal(error.reason.code, "device-unreachable");
      return true;
    });
  });
});

describe("samples of what workloads use", () => {
  test("come for as long as somebody asks, as often as asked, and one alone", LIMIT, async () => {
    const { device: busy, api } = await device("sampled");
    const follow = async (interval: number, most: number): Promise<number[]> => {
      const times: number[] = [];
      for await (const { data } of api.follow("followStats", { query: { follow: true, interval } })) {
        assert.equal(data.device, "sampled");
        times.push(Date.parse(data.at));
        if (times.length === most) break;
      }
      return times;
    };
    const slow = follow(2, 3);
    await until("the first stream", () => busy.supervisor.sampling.length === 1);
    const [, times] = await Promise.all([follow(1, 4), slow]);
    // One stream on the device serves both.
    assert.deepEqual(busy.supervisor.sampling, [1]);
    for (const [index, time] of times.entries()) {
      if (index > 0) assert.ok(time - (times[index - 1] ?? time) >= 1_500, `${times}`);
    }
    let samples = 0;
    for await (const _ of api.follow("followStats", { query: { interval: 1 } })) samples++;
    assert.equal(samples, 1);
    const kinds = busy.supervisor.taken.map(({ action }) => action.kind);
    assert.deepEqual(kinds, ["stats", "stats", "stats"]);
  });
});

describe("volumes and images", () => {
  const volume = (name: string, ...workloads: string[]) => ({ name, size: 4096, workloads });
  const image = (reference: string, ...workloads: string[]) => ({
    reference,
    digest: "sha256:0",
    architecture: "amd64",
    layers: [],
    config: {},
    bytes: { total: 7, own: 7, shared: 0 },
    workloads,
  });
  const refused = (call: Promise<unknown>, code: string) =>
    assert.rejects(call, (error: unknown) => error instanceof ReasonError && error.reason.code === code);

  test("are told and removed by signed orders", LIMIT, async () => {
    const { device: full, api } = await device("full");
    const { supervisor } = full;
    supervisor.volumes = [volume("db", "web"), volume("old")];
    supervisor.images = [image("registry.example/a:1", "web"), image("registry.example/b:1")];
    assert.deepEqual(await api.call("listVolumes"), supervisor.volumes);
    assert.deepEqual(await api.call("getVolume", { params: { name: "db" } }), volume("db", "web"));
    await refused(api.call("getVolume", { params: { name: "none" } }), "not-found");
    assert.deepEqual(await api.call("listImages"), supervisor.images);
    const one = await api.call("inspectImage", { query: { reference: "registry.example/a:1" } });
    assert.equal(one.bytes.own, 7);
    await refused(api.call("removeVolume", { params: { name: "db" } }), "volume-in-use");
    assert.deepEqual(await api.call("removeVolume", { params: { name: "old" } }), volume("old"));
    assert.deepEqual(supervisor.volumes, [volume("db", "web")]);
    const pruned = await api.call("pruneImages", { query: { dryRun: true } });
    assert.deepEqual(pruned, { images: ["registry.example/b:1"], bytes: 7, dryRun: true });
    const kinds = supervisor.taken.map(({ action }) => action.kind);
    assert.deepEqual(kinds.slice(-3), ["remove-volume", "remove-volume", "prune-images"]);
    assert.equal(kinds.filter((kind) => kind === "query").length, 5);
  });

  test("that are too many for a message are refused with the way to see them", LIMIT, async () => {
    const { device: crowded, api } = await device("crowded");
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => volume(`volume-${index}`, "w".repeat(60)));
    crowded.supervisor.volumes = many(5_000);
    assert.equal((await api.call("listVolumes")).length, 5_000);
    crowded.supervisor.volumes = many(20_000);
    await refused(api.call("listVolumes"), "answer-too-large");
    assert.equal((await api.call("getState")).device, "crowded");
  });

  test("asked of an agent that comes back too late are not answered to nobody", LIMIT, async () => {
    const { device: late, api } = await device("late");
    const before = late.supervisor.taken.length;
    late.supervisor.addReceipt("order-long-ago", "succeeded", {
      at: new Date(Date.now() - 3_600_000).toISOString(),
      action: { kind: "query" },
      query: { of: "volumes", sizes: false },
    });
    assert.deepEqual(await api.call("listVolumes"), []);
    assert.equal(late.supervisor.taken.length, before + 1);
    const answers = broker.log.matchAll(/Received PUBLISH from late \(d0, q1, .* 'berth\/1\/late\/telemetry'/g);
    assert.equal([...answers].length, 1);
  });
});
