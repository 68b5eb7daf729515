import { ReasonError } from "../../model/reason.ts";
import type { ExecResult } from "../../model/receipt.ts";
import { commandProcess, notRunning, refusedCommand, timedOut } from "../exec-terms.ts";
import type { Agent, AgentExit } from "./agent.ts";
import type { Agents } from "./agents.ts";
import { MOST_PAYLOAD } from "./frames.ts";

const SIGKILL = 9;
/** Bytes kept of each output. */
const MOST_OUTPUT = 64 * 1024;
/** For so long a killed command is waited for, in milliseconds, before its guest is taken to be dead. */
const LAST_WAIT = 10_000;

/**
 * Runs a command inside a guest's workload as its own process would run it, as with containers. It and everything it left running
 * ends with it; after the time limit with exit code 124.
 *
 * @param config the workload's config.json
 * @param socket its agent's
 * @throws ReasonError `workload-not-running`, or `exec-failed` when the guest could not run it
 */
export async function execInGuest(
  agents: Agents,
  { name, config, socket }: { readonly name: string; readonly config: string; readonly socket: string },
  command: readonly string[],
  options: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<ExecResult> {
  options.signal.throwIfAborted();
  const payload = new TextEncoder().encode(await commandProcess(config, name, command));
  if (payload.length > MOST_PAYLOAD) throw tooLong(name, payload.length);
  return agents
    .use(socket, (agent) => run(agent, payload, { name, ...options }))
    .catch((cause) => {
      throw cause instanceof ReasonError || options.signal.aborted ? cause : notRunning(name, cause);
    });
}

async function run(
  agent: Agent,
  process: Uint8Array,
  {
    name,
    timeoutSeconds,
    signal,
  }: { readonly name: string; readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<ExecResult> {
  const outputs = { stdout: keep(), stderr: keep() };
  const command = agent.run(process, { output: (which, bytes) => outputs[which].add(bytes) });
  let late = false;
  let last: ReturnType<typeof setTimeout> | undefined;
  const kill = () => {
    command.kill(SIGKILL);
    // A guest that hangs answers nothing: the connection goes, and all that waits for it.
    last ??= setTimeout(() => agent.close(), LAST_WAIT);
  };
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeoutSeconds * 1000);
  signal.addEventListener("abort", kill, { once: true });
  const result = () => ({
    stdout: outputs.stdout.text(),
    stderr: outputs.stderr.text(),
    truncated: outputs.stdout.truncated() || outputs.stderr.truncated(),
  });
  try {
    const exit = await command.ended;
    signal.throwIfAborted();
    return late ? timedOut(result(), timeoutSeconds) : ended(exit, name, result);
  } catch (error) {
    signal.throwIfAborted();
    if (late) return timedOut(result(), timeoutSeconds);
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(last);
    signal.removeEventListener("abort", kill);
  }
}

function ended(exit: AgentExit, name: string, result: () => Omit<ExecResult, "exitCode">): ExecResult {
  switch (exit.kind) {
    case "code":
      return { ...result(), exitCode: exit.value };
    case "signal":
      return { ...result(), exitCode: 128 + exit.value };
    case "failed":
      return refusedCommand(name, [exit.message]);
  }
}

/** Keeps the first bytes of an output. */
function keep() {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let cut = false;
  return {
    add(bytes: Uint8Array) {
      const part = bytes.subarray(0, MOST_OUTPUT - kept);
      if (part.length < bytes.length) cut = true;
      if (part.length === 0) return;
      chunks.push(part);
      kept += part.length;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
    truncated: () => cut,
  };
}

function tooLong(name: string, bytes: number): ReasonError {
  return new ReasonError({
    code: "exec-failed",
    message: `the command and the environment of ${name} take ${bytes} bytes`,
    allowed: `${MOST_PAYLOAD} bytes`,
  });
}
