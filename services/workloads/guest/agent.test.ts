import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Agent, connectAgent } from "./agent.ts";
import { ASK, encodeFrame, TELL } from "./frames.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const HELLO = encodeFrame(TELL.hello, 0, bytes("berth-guest 1\n"));
const told = (list: readonly Uint8Array[]) => Buffer.concat(list).toString();

/** A guest's agent that answers each frame as `answer` says. */
async function withAgent(
  answer: (frame: { type: number; channel: number; payload: Uint8Array }, send: (bytes: Uint8Array) => void) => void,
  act: (agent: Agent, guest: Socket) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "berth-agent-"));
  const path = join(folder, "agent");
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((guest) => {
    let rest = new Uint8Array();
    guest.on("error", () => undefined);
    guest.on("data", (chunk: Uint8Array) => {
      rest = new Uint8Array(Buffer.concat([rest, chunk]));
      while (rest.length >= 8) {
        const view = new DataView(rest.buffer, rest.byteOffset);
        const length = view.getUint32(0, true);
        if (rest.length < 8 + length) return;
        const frame = { type: view.getUint8(4), channel: view.getUint16(6, true), payload: rest.slice(8, 8 + length) };
        rest = rest.slice(8 + length);
        answer(frame, (more) => guest.write(more));
      }
    });
    connected.resolve(guest);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // What is left of an earlier connection comes first.
  connected.promise.then((guest) => guest.write(Buffer.concat([bytes("left over"), HELLO])));
  const agent = await connectAgent(path, AbortSignal.timeout(5000));
  try {
    await act(agent, await connected.promise);
  } finally {
    agent.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test("a command's outputs and its end come to whoever ran it", async () => {
  const answer = (frame: { type: number; channel: number; payload: Uint8Array }, send: (b: Uint8Array) => void) => {
    if (frame.type !== ASK.exec) return;
    send(encodeFrame(TELL.stdout, frame.channel, frame.payload));
    send(encodeFrame(TELL.stderr, frame.channel, bytes("oh")));
    send(encodeFrame(TELL.exit, frame.channel, new Uint8Array([0, 3])));
  };
  await withAgent(answer, async (agent) => {
    const run = async (text: string) => {
      const outputs: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
      const exit = await agent.run(bytes(text), { output: (which, more) => outputs[which].push(more) }).ended;
      return { exit, stdout: told(outputs.stdout), stderr: told(outputs.stderr) };
    };
    const both = await Promise.all([run("one"), run("two")]);
    assert.deepEqual(
      both,
      ["one", "two"].map((stdout) => ({ exit: { kind: "code", value: 3 }, stdout, stderr: "oh" })),
    );
  });
});

test("a start that failed is told with its reason, and nothing that is no text", async () => {
  const silent = () => undefined;
  await withAgent(silent, async (agent, guest) => {
    guest.write(encodeFrame(TELL.failedStart, 0, bytes("no such file\u001b[2J")));
    await assert.rejects(agent.started(), /no such file\?\[2J/);
  });
});

test("what a guest counts is read line by line", async () => {
  const answer = (frame: { type: number }, send: (b: Uint8Array) => void) => {
    if (frame.type === ASK.stats)
      send(encodeFrame(TELL.stats, 0, bytes("pids 4\nmemory 1000\nrm -rf /\nbig 9999999999999999999\n")));
  };
  await withAgent(answer, async (agent) => {
    assert.deepEqual(
      [...(await agent.stats())],
      [
        ["pids", 4],
        ["memory", 1000],
      ],
    );
  });
});

test("a guest that sends what is no frame is heard no more, and whoever waited is told", async () => {
  const answer = (_: unknown, send: (b: Uint8Array) => void) => send(bytes("HTTP/1.1 400 Bad Request\r\n"));
  await withAgent(answer, async (agent) => {
    const command = agent.run(bytes("{}"), { output: () => undefined });
    await assert.rejects(command.ended, /sent what it must not/);
    await assert.rejects(agent.stats());
  });
});

test("a guest that floods with answers nobody waits for is heard no more", async () => {
  const silent = () => undefined;
  await withAgent(silent, async (agent, guest) => {
    const frame = encodeFrame(TELL.stdout, 7, bytes("x"));
    guest.write(Buffer.concat(Array.from({ length: 2000 }, () => frame)));
    assert.match((await agent.closed).message, /nobody waits for/);
  });
});

test("a link in place of the socket leads nowhere", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-agent-"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "other"), resolve));
  symlinkSync(join(folder, "other"), join(folder, "agent"));
  await assert.rejects(connectAgent(join(folder, "agent"), AbortSignal.timeout(5000)), /no socket/);
  server.close();
  rmSync(folder, { recursive: true });
});

test("one that says no hello is given up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-agent-"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "agent"), resolve));
  await assert.rejects(connectAgent(join(folder, "agent"), AbortSignal.timeout(50)), /closed/);
  server.close();
  rmSync(folder, { recursive: true });
});
