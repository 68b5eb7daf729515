import { connect } from "node:net";
import { millisecondsOf } from "../../model/quantity.ts";
import type { HealthCheck } from "../../model/workload.ts";

/** What one probe saw: `message` says why it failed. */
export interface ProbeResult {
  readonly succeeded: boolean;
  readonly message: string;
}

/** Runs a command inside the workload and gives its exit code. */
export type ExecProbe = (
  command: readonly string[],
  timeoutMilliseconds: number,
  signal: AbortSignal,
) => Promise<number>;

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
      const code = await exec(check.exec, timeout, limited);
      return { succeeded: code === 0, message: `the command exited with ${code}` };
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

async function probeHttp(
  address: string,
  http: { readonly port: number; readonly path: string },
  signal: AbortSignal,
): Promise<ProbeResult> {
  const host = address.includes(":") ? `[${address}]` : address;
  const response = await fetch(`http://${host}:${http.port}${http.path}`, {
    signal,
    redirect: "manual",
    keepalive: false,
  });
  await response.body?.cancel();
  return {
    succeeded: response.status >= 200 && response.status < 400,
    message: `it answered with status ${response.status}`,
  };
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
