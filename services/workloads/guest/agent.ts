import { createConnection, type Socket } from "node:net";
import { ReasonError } from "../../model/reason.ts";
import { ASK, encodeFrame, type Frame, FrameError, FrameReader, HelloFinder, TELL } from "./frames.ts";
import { ReadRate } from "./read-rate.ts";
import { throughSocketFile } from "./socket-file.ts";

/** How a command in a guest ended. */
export type AgentExit =
  | { readonly kind: "code"; readonly value: number }
  | { readonly kind: "signal"; readonly value: number }
  /** It could not be run. */
  | { readonly kind: "failed"; readonly message: string };

/** What is told of a command while it runs. */
export interface CommandListener {
  output(which: "stdout" | "stderr", bytes: Uint8Array): void;
}

/** A command that runs in a guest. */
export interface AgentCommand {
  readonly ended: Promise<AgentExit>;
  kill(signal: number): void;
}

/** A connection to the agent in a guest, which is not trusted: what it says is bounded, and what is no frame ends it. */
export interface Agent {
  /** Settles when the workload's process has started; throws where it could not be, and when the connection ends. */
  started(): Promise<void>;
  /** Runs a command, which `process` describes as an OCI process.json does. */
  run(process: Uint8Array, listener: CommandListener): AgentCommand;
  /** What the guest's kernel counts, by name. */
  stats(): Promise<ReadonlyMap<string, number>>;
  /** Settles with the reason when it has ended. */
  readonly closed: Promise<Error>;
  close(): void;
}

/** Most commands at once; the guest has no more channels. */
const MOST_COMMANDS = 16;
/** At most 4 MiB a second are read. */
const RATE = { bytes: 400 * 1024, span: 100 };
/** Most frames nobody waits for, before a guest is taken to be mad: a few come late, of commands that were given up. */
const MOST_STRAY = 1000;
const LONGEST_TEXT = 512;

/**
 * Connects to the agent's socket, which QEMU made, and waits until the agent has said hello. Throws when nobody listens there, or
 * `signal` aborts before the hello.
 */
export async function connectAgent(path: string, signal: AbortSignal): Promise<Agent> {
  const socket = await throughSocketFile(path, connect);
  const { agent, greeted } = agentOver(socket);
  const giveUp = () => agent.close();
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await greeted;
    return agent;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

interface Waiting {
  readonly listener: CommandListener;
  end(exit: AgentExit | Error): void;
}

/** Speaks with an agent over a connected socket. */
function agentOver(socket: Socket): { readonly agent: Agent; readonly greeted: Promise<void> } {
  const hello = new HelloFinder();
  const greeting = Promise.withResolvers<void>();
  let greeted = false;
  const reader = new FrameReader();
  const rate = new ReadRate(RATE.bytes, RATE.span);
  const commands = new Map<number, Waiting>();
  const statsWaiting: ((counts: ReadonlyMap<string, number> | Error) => void)[] = [];
  const start = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Error>();
  let stray = 0;
  let failure: Error | undefined;

  const send = (type: number, channel: number, payload?: Uint8Array) => {
    if (failure === undefined) socket.write(encodeFrame(type, channel, payload));
  };
  const fail = (error: Error) => {
    if (failure !== undefined) return;
    failure = error;
    socket.destroy();
    start.reject(error);
    greeting.reject(error);
    for (const command of [...commands.values()]) command.end(error);
    for (const waiting of statsWaiting.splice(0)) waiting(error);
    closed.resolve(error);
  };
  const unexpected = () => {
    stray++;
    if (stray > MOST_STRAY) throw new FrameError("frames that nobody waits for");
  };
  const take = ({ type, channel, payload }: Frame) => {
    switch (type) {
      case TELL.started:
        start.resolve();
        return;
      case TELL.failedStart:
        start.reject(new ReasonError({ code: "start-failed", message: plainText(payload) }));
        return;
      case TELL.stats: {
        const waiting = statsWaiting.shift();
        if (waiting === undefined) unexpected();
        else waiting(parseCounts(plainText(payload, 4096)));
        return;
      }
      case TELL.stdout:
      case TELL.stderr: {
        const command = commands.get(channel);
        if (command === undefined) unexpected();
        else command.listener.output(type === TELL.stdout ? "stdout" : "stderr", payload);
        return;
      }
      case TELL.exit: {
        const command = commands.get(channel);
        if (command === undefined) unexpected();
        else command.end(parseExit(payload));
        return;
      }
      case TELL.taken:
        return;
      default:
        unexpected();
    }
  };

  socket.on("data", (chunk: Uint8Array) => {
    try {
      const rest = greeted ? chunk : hello.push(chunk);
      if (rest === undefined) return;
      if (!greeted) {
        greeted = true;
        greeting.resolve();
      }
      for (const frame of reader.push(rest)) take(frame);
    } catch (error) {
      fail(error instanceof FrameError ? brokenAgent(error.message) : asError(error));
      return;
    }
    const pause = rate.count(chunk.length, performance.now());
    if (pause <= 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), pause);
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the guest's agent is gone")));
  // Whoever waits sees it; nobody has to.
  start.promise.catch(() => undefined);

  const agent: Agent = {
    started: () => start.promise,
    run(process, listener) {
      if (failure !== undefined) throw failure;
      const channel = freeChannel(commands);
      const ended = Promise.withResolvers<AgentExit>();
      commands.set(channel, {
        listener,
        end(exit) {
          commands.delete(channel);
          if (exit instanceof Error) ended.reject(exit);
          else ended.resolve(exit);
        },
      });
      send(ASK.exec, channel, process);
      // A pipe at its end.
      send(ASK.stdinEnd, channel);
      return { ended: ended.promise, kill: (signal) => send(ASK.kill, channel, new Uint8Array([signal])) };
    },
    stats: () =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        statsWaiting.push((counts) => (counts instanceof Error ? reject(counts) : resolve(counts)));
        send(ASK.stats, 0);
      }),
    closed: closed.promise,
    close: () => fail(new Error("the connection to the guest's agent was closed")),
  };
  return { agent, greeted: greeting.promise };
}

function freeChannel(commands: ReadonlyMap<number, unknown>): number {
  for (let channel = 1; channel <= MOST_COMMANDS; channel++) if (!commands.has(channel)) return channel;
  throw new ReasonError(
    {
      code: "exec-failed",
      message: `${MOST_COMMANDS} commands run in it already`,
      allowed: `${MOST_COMMANDS} at once`,
    },
    { transient: true },
  );
}

function parseExit(payload: Uint8Array): AgentExit {
  const [kind, value = 0] = payload;
  if (kind === 0) return { kind: "code", value };
  if (kind === 1) return { kind: "signal", value };
  return { kind: "failed", message: plainText(payload.subarray(1)) };
}

/** `name value` on each line; what is nothing of that kind is passed over. */
function parseCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = "", value] of text.matchAll(/^([a-z-]{1,32}) (\d{1,15})$/gm)) counts.set(name, Number(value));
  return counts;
}

/** What a guest says, as text that can be shown. */
function plainText(bytes: Uint8Array, longest = LONGEST_TEXT): string {
  return new TextDecoder()
    .decode(bytes.subarray(0, longest))
    .replace(/[^\n -~]/g, "?")
    .trim();
}

function brokenAgent(what: string): ReasonError {
  return new ReasonError({ code: "guest-agent-broken", message: `the guest's agent sent what it must not: ${what}` });
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
