import { signalName } from "../../model/signal.ts";
import type { Exit } from "../../supervisor/ports.ts";

/** What a guest may write of its end, in bytes: the size of its result disk. */
export const RESULT_SIZE = 4096;

/** What a guest wrote of its workload's end before it switched itself off. */
export type GuestResult =
  | { readonly kind: "ended"; readonly exit: Exit }
  /** The workload could not be started. */
  | { readonly kind: "failed"; readonly message: string };

const LONGEST = 512;

/**
 * Reads the lines a guest left on its result disk: `exit CODE`, `signal NUMBER` or `failed MESSAGE`, and `oom` where its
 * kernel had ended it for want of memory. Undefined for everything else: a guest that died says nothing, and one that says something
 * else is not believed.
 */
export function parseResult(lines: readonly string[]): GuestResult | undefined {
  const [first = "", second] = lines;
  const [, kind, value = ""] = /^(exit|signal|failed) (.*)$/.exec(first.slice(0, LONGEST)) ?? [];
  const number = /^\d{1,3}$/.test(value) ? Number(value) : undefined;
  switch (kind) {
    case "failed":
      return { kind: "failed", message: value.replace(/[^ -~]/g, "?") };
    case "exit":
      if (number === undefined || number > 255) return undefined;
      return {
        kind: "ended",
        exit: { code: number, signal: undefined, result: number === 0 ? "success" : "exit-code" },
      };
    case "signal": {
      const signal = number === undefined ? undefined : signalName(number);
      if (signal === undefined) return undefined;
      return { kind: "ended", exit: { code: undefined, signal, result: second === "oom" ? "oom-kill" : "signal" } };
    }
    default:
      return undefined;
  }
}
