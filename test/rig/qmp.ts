import { z } from "zod";
import { JsonChannel } from "./json-channel.ts";
import { waitFor } from "./wait.ts";

const reply = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }) }),
]);
const shutdown = z.object({ event: z.literal("SHUTDOWN"), data: z.object({ reason: z.string() }) });
const greeting = z.object({ QMP: z.object({}) });

/** The longest time a timer takes, some 24 days. */
const NEVER = 2 ** 31 - 1;

/** QEMU's machine protocol: how the rig pulls cables. */
export class Qmp {
  readonly #channel: JsonChannel;
  #reason: string | undefined;

  private constructor(channel: JsonChannel) {
    this.#channel = channel;
    channel
      .receive((value) => shutdown.safeParse(value).data?.data.reason, NEVER)
      .then(
        (reason) => {
          this.#reason = reason;
        },
        // It ended without a word: killed.
        () => {},
      );
  }

  /** Once QEMU has gone: whether the guest asked for a restart, or ran into one (panic, watchdog). */
  async wasReset(): Promise<boolean> {
    await this.#channel.closed;
    return this.#reason === "guest-reset";
  }

  /** Connects to a QEMU that has just been started. */
  static async open(path: string): Promise<Qmp> {
    const channel = await waitFor("QEMU's monitor", 10_000, () => JsonChannel.open(path), 20);
    await channel.receive((value) => (greeting.safeParse(value).success ? true : undefined), 10_000);
    const qmp = new Qmp(channel);
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  /** Carries out one command; throws what QEMU says against it. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answer = await this.#channel.ask(
      { execute: command, arguments: args },
      // Events come in between: they have neither `return` nor `error`.
      (value) => {
        const parsed = reply.safeParse(value);
        return parsed.success ? parsed.data : undefined;
      },
      10_000,
    );
    if ("error" in answer) throw new Error(`${command}: ${answer.error.desc}`);
    return answer.return;
  }

  close(): void {
    this.#channel.close();
  }
}
