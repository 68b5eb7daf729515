import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Hono } from "hono";
import { byteStream } from "../async/byte-stream.ts";
import { ReasonError } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import { type ApiClient, connect } from "./client.ts";
import { bindContract, type Handlers } from "./server.ts";

const receipt: Receipt = {
  sequence: 1,
  order: "order-0001",
  device: "demo",
  status: "accepted",
  at: "2026-01-01T00:00:00Z",
  origin: "local",
  issuer: "root",
  verified: true,
};

let directory: string;
let server: ReturnType<typeof Bun.serve>;
let api: ApiClient;
let given: unknown;
let followed = 0;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-api-"));
  const refuse = () => {
    throw new ReasonError({ code: "not-found", message: "there is nothing here" });
  };
  const handlers: Handlers = {
    getDevice: refuse,
    getState: () => ({ device: "demo", revision: 3, at: receipt.at, workloads: [] }),
    getWorkload: ({ params }) => {
      throw new ReasonError({
        code: "workload-not-found",
        message: `no ${params.name}`,
        field: "name",
        value: params.name,
      });
    },
    giveOrder: ({ body }) => {
      given = body;
      return receipt;
    },
    giveSignedOrder: refuse,
    listOrders: () => [receipt],
    getOrder: () => receipt,
    cancelOrder: () => receipt,
    listImages: () => [],
    inspectImage: refuse,
    exportImage: ({ query }) => pieces(query.reference === "broken:1"),
    removeImage: refuse,
    pruneImages: refuse,
    importImages: async ({ body }) => {
      given = await new Response(body).text();
      return [];
    },
    listVolumes: () => [],
    getVolume: refuse,
    backupVolume: ({ params }) => {
      const pieces = async function* () {
        yield new Uint8Array(100_000);
        // The first piece is on its way by then.
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (params.name === "broken") throw new Error("the disk broke");
        yield new Uint8Array(1);
      };
      return byteStream(pieces());
    },
    restoreVolume: refuse,
    removeVolume: refuse,
    followState: async function* () {},
    followLogs: async function* ({ query }) {
      yield { event: "line", data: { at: receipt.at, stream: "stdout", message: `tail ${query.tail}` } };
      throw new ReasonError({ code: "workload-not-found", message: "it went away" });
    },
    followStats: async function* () {},
    followReceipts: async function* ({ query, signal }) {
      followed++;
      yield { event: "receipt", data: { ...receipt, sequence: query.after + 1 }, id: String(query.after + 1) };
      if (query.follow) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      followed--;
    },
    followSignedReceipts: async function* () {},
    followEvents: async function* () {},
  };
  const app = new Hono();
  bindContract(app, handlers);
  const unix = join(directory, "api.sock");
  server = Bun.serve({ unix, fetch: app.fetch });
  api = connect({ base: "http://localhost", unix });
});

after(async () => {
  await server.stop(true);
  rmSync(directory, { recursive: true });
});

test("a call comes back parsed", async () => {
  assert.equal((await api.call("getState")).revision, 3);
  assert.deepEqual(await api.call("listOrders", { query: { limit: 5 } }), [receipt]);
});

test("a body is parsed by the contract, with its defaults", async () => {
  await api.call("giveOrder", { body: { action: { kind: "exec", workload: "web", command: ["id"] } } });
  assert.deepEqual(given, { action: { kind: "exec", workload: "web", command: ["id"], timeoutSeconds: 60 } });
});

test("a wrong body is refused by field", async () => {
  const body = { action: { kind: "stop", workload: "Not A Name" } } as const;
  await assert.rejects(api.call("giveOrder", { body }), (error: unknown) => {
    assert(error instanceof ReasonError);
    assert.equal(error.reason.field, "action.workload");
    assert.equal(error.reason.value, "Not A Name");
    return true;
  });
});

test("a wrong query is refused by field", async () => {
  await assert.rejects(api.call("listOrders", { query: { limit: 0 } }), (error: unknown) => {
    assert(error instanceof ReasonError);
    assert.equal(error.reason.field, "limit");
    return true;
  });
});

test("the server's reason reaches the caller whole", async () => {
  await assert.rejects(api.call("getWorkload", { params: { name: "web" } }), (error: unknown) => {
    assert(error instanceof ReasonError);
    assert.deepEqual(error.reason, { code: "workload-not-found", message: "no web", field: "name", value: "web" });
    return true;
  });
});

test("bytes are streamed through", async () => {
  await api.call("importImages", { body: new Blob(["some bytes"]).stream() });
  assert.equal(given, "some bytes");
});

test("bytes are streamed back, and a failure in the middle is one to the caller", async () => {
  const whole = await api.call("exportImage", { query: { reference: "whole:1" } });
  assert.equal(await new Response(whole).text(), "piece ".repeat(3));
  const broken = await api.call("exportImage", { query: { reference: "broken:1" } });
  await assert.rejects(new Response(broken).text());
});

/** Three pieces, or two and a failure. */
function pieces(broken: boolean): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (sent++ < (broken ? 2 : 3)) controller.enqueue(new TextEncoder().encode("piece "));
      else if (broken) controller.error(new Error("broken off"));
      else controller.close();
    },
  });
}

test("an answer of bytes comes whole, and one that breaks off is an error", async () => {
  const read = async (name: string) => {
    const stream = await api.call("backupVolume", { params: { name } });
    return (await new Response(stream).arrayBuffer()).byteLength;
  };
  assert.equal(await read("db"), 100_001);
  await assert.rejects(read("broken"));
});

test("a stream gives its events and then its failure", async () => {
  const messages: string[] = [];
  const read = async () => {
    for await (const { data } of api.follow("followLogs", { params: { name: "web" }, query: { tail: 7 } })) {
      messages.push(data.message);
    }
  };
  await assert.rejects(read(), /it went away/);
  assert.deepEqual(messages, ["tail 7"]);
});

test("a client that leaves ends the handler", async () => {
  const controller = new AbortController();
  for await (const { id } of api.follow("followReceipts", {
    query: { after: 4, follow: true },
    signal: controller.signal,
  })) {
    assert.equal(id, "5");
    controller.abort();
  }
  const deadline = Date.now() + 5000;
  while (followed > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(followed, 0);
});

test("nobody at the socket is said plainly, and may pass", async () => {
  const nobody = connect({ base: "http://localhost", unix: join(directory, "nobody.sock") });
  await assert.rejects(nobody.call("getState"), (error: unknown) => {
    assert(error instanceof ReasonError);
    assert.equal(error.reason.code, "unreachable");
    assert(error.transient);
    return true;
  });
});
