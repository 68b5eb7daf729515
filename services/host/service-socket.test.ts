import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { byteStream } from "../async/byte-stream.ts";
import { serveSocket } from "./service-socket.ts";

test("an answer may be longer in coming than Bun's own ten seconds", { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-socket-"));
  const unix = join(folder, "socket");
  const late = () => new Promise<Response>((resolve) => setTimeout(() => resolve(new Response("late")), 13_000));
  const server = serveSocket({ path: unix, group: undefined }, late);
  try {
    assert.equal(await (await fetch("http://service/", { unix })).text(), "late");
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});

test("a body may be larger than Bun's own 128 MiB", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-socket-"));
  const unix = join(folder, "socket");
  const count = async (request: Request) => {
    let bytes = 0;
    if (request.body !== null) for await (const piece of request.body) bytes += piece.byteLength;
    return new Response(`${bytes}`);
  };
  const server = serveSocket({ path: unix, group: undefined }, count);
  const piece = new Uint8Array(1024 * 1024);
  async function* pieces() {
    for (let index = 0; index < 140; index++) yield piece;
  }
  try {
    const response = await fetch("http://service/", { unix, method: "POST", body: byteStream(pieces()) });
    assert.equal(await response.text(), `${140 * piece.byteLength}`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});
