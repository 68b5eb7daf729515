import { connect } from "node:net";
import { millisecondsOf } from "../../model/quantity.ts";
import type { HealthCheck } from "../../model/workload/health.ts";
import { probeHttp } from "./http.ts";
import { withOutput } from "./output.ts";

/** What one probe saw: `message` says what was heard, in one line. */
export interface ProbeResult {
  readonly succeeded: boolean;
  readonly message: string;
}

/** Runs a command inside the workload and gives its exit code and what it wrote. */
export type ExecProbe = (
  command: readonly string[],
  timeoutMilliseconds: number,
  signal: AbortSignal,
) => Promise<{ readonly exitCode: number; readonly output: string }>;

/** Probes a workload once, at its address on the bridge. Never throws. */
export async function probe(
  check: HealthCheck,
  address: string | undefined,
  exec: ExecProbe,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const timeout = millisecondsOf(check.timeout);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    if (check.exec !== undefined) {
      const { exitCode, output } = await exec(check.exec, timeout, limited);
      if (limited.aborted) return { succeeded: false, message: withOutput(`no end within ${check.timeout}`, output) };
      return { succeeded: exitCode === 0, message: withOutput(`the command exited with ${exitCode}`, output) };
    }
    if (address === undefined) return { succeeded: false, message: "it has no address" };
    if (check.http !== undefined) return await probeHttp(address, check.http, limited);
    if (check.tcp !== undefined) return await probeTcp(address, check.tcp.port, limited);
    return { succeeded: true, message: "nothing to probe" };
  } catch (error) {
    const message = limited.aborted
      ? `no answer within ${check.timeout}`
      : error instanceof Error
        ? error.message
        : String(error);
    return { succeeded: false, message };
  }
}

function probeTcp(address: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.once("connect", () => end(() => resolve({ succeeded: true, message: "connected" })));
    socket.once("error", (error) => end(() => reject(error)));
    signal.addEventListener("abort", () => end(() => reject(new Error("timed out"))), { once: true });
  });
}
