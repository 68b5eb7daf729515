import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
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
