import { z } from "zod";
import { JsonChannel } from "./json-channel.ts";
import { delay, TimeoutError, waitFor } from "./wait.ts";

/** How a program ended in the guest. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const failure = z.object({ error: z.object({ desc: z.string() }) });
const started = z.object({ pid: z.number() });
const base64 = z
  .string()
  .default("")
  .transform((data) => Buffer.from(data, "base64").toString());
const status = z.object({
  exited: z.boolean(),
  exitcode: z.number().optional(),
  signal: z.number().optional(),
  "out-data": base64,
  "err-data": base64,
});

/** QEMU's guest agent: runs programs in the guest as root, beside everything Berth does. */
export class GuestAgent {
  readonly #channel: JsonChannel;
  // The agent answers one request at a time and its answers carry no number.
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(channel: JsonChannel) {
    this.#channel = channel;
  }

  /** Connects to the agent's socket and waits until the agent in the guest answers. */
  static async open(path: string, timeout: number): Promise<GuestAgent> {
    const channel = await JsonChannel.open(path);
    const agent = new GuestAgent(channel);
    try {
      await waitFor("The guest agent", timeout, () => agent.#synchronize());
    } catch (error) {
      channel.close();
      throw error;
    }
    return agent;
  }

  /** Runs a program (or, given a string, a shell command) and waits for its end. */
  async exec(command: string | readonly string[], timeout = 60_000): Promise<ExecResult> {
    const [path, ...arg] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const request = { path, arg, "capture-output": true };
    const { pid } = started.parse(await this.#request("guest-exec", request));
    const deadline = performance.now() + timeout;
    for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 1.5, 250)) {
      const now = status.parse(await this.#request("guest-exec-status", { pid }));
      if (now.exited) {
        const code = now.exitcode ?? 128 + (now.signal ?? 0);
        return { code, stdout: now["out-data"], stderr: now["err-data"] };
      }
      await delay(pause);
    }
    throw new TimeoutError(`${arg.at(-1) ?? path}: not ended within ${timeout / 1000} s`);
  }

  /** Has the guest shut down in order; the agent gives no answer to this, and then is gone. */
  shutdown(mode: "powerdown" | "reboot"): void {
    this.#channel.tell({ execute: "guest-shutdown", arguments: { mode } });
  }

  close(): void {
    this.#channel.close();
  }

  async #synchronize(): Promise<boolean> {
    const id = Math.floor(Math.random() * 2 ** 31);
    const request = { execute: "guest-sync", arguments: { id } };
    const echo = z.object({ return: z.literal(id) });
    await this.#channel.ask(request, (value) => echo.safeParse(value).success || undefined, 500);
    return true;
  }

  #request(execute: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answer = this.#queue.then(() => this.#channel.ask({ execute, arguments: args }, returned, 30_000));
    this.#queue = answer.catch(() => undefined);
    return answer.then((value) => {
      const failed = failure.safeParse(value);
      if (failed.success) throw new Error(`${execute}: ${failed.data.error.desc}`);
      return z.object({ return: z.unknown() }).parse(value).return;
    });
  }
}

function returned(value: unknown): unknown {
  return typeof value === "object" && value !== null ? value : undefined;
}
