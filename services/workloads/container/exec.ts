import { randomUUID } from "node:crypto";
import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { runCommand } from "../../host/command.ts";
import type { ExecResult } from "../../model/receipt.ts";
import { readCrunLog } from "../crun-error.ts";
import { commandProcess, notRunning, refusedCommand, timedOut } from "../exec-terms.ts";
import { crunRoot, type EnginePaths, workloadPaths } from "../instance/paths.ts";
import { cgroupOf } from "../unit/slice.ts";

/** Joins a cgroup, then becomes the command. */
const JOIN = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"';

/**
 * Runs a command inside a running workload as its own process would run it: same account, environment, capabilities and
 * limits. It and everything it left running ends with it; after the time limit with exit code 124, as timeout(1) has it.
 * A command that is not there gives 127, one that cannot be executed 126. Its outputs are sockets: unlike the
 * workload itself, it cannot open /dev/stdout by name.
 *
 * @throws ReasonError `not-running`, or `exec-failed` when the workload could not be entered
 */
export async function execIn(
  engine: EnginePaths,
  { name, instance }: { readonly name: string; readonly instance: string },
  command: readonly string[],
  options: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<ExecResult> {
  const paths = workloadPaths(engine, instance);
  const id = randomUUID();
  const [processFile, log] = [`${paths.bundle}/exec-${id}.json`, `${paths.bundle}/exec-${id}.log`];
  // A group of its own below the workload's: its limits hold, and it can be ended as a whole.
  const group = `${cgroupOf(instance)}/exec-${id}`;
  const process = await commandProcess(paths.config, name, command);
  await mkdir(group).catch((cause) => {
    throw notRunning(name, cause);
  });
  try {
    await writeFile(processFile, process, { mode: 0o600 });
    const crun = ["crun", "--root", crunRoot(engine), "--cgroup-manager", "disabled", "--log", `file:${log}`];
    const argv = [...crun, "--log-format", "json", "exec", "--process", processFile, instance];
    const run = runCommand(["sh", "-c", JOIN, "sh", group, ...argv], {
      signal: options.signal,
      // A pipe at its end, not the device's own /dev/null: crun gives it to the container's user.
      stdin: "",
      // What it left running would hold its outputs, and with them this call.
      onExit: () => void killGroup(group),
    });
    const ended = await endAfter(run, options, () => killGroup(group));
    const { exitCode, stdout, stderr, truncated } = ended.result;
    if (ended.late) return timedOut({ stdout, stderr, truncated }, options.timeoutSeconds);
    const messages = await readCrunLog(log);
    if (messages.length > 0) return refusedCommand(name, messages);
    return { exitCode: exitCode ?? 137, stdout, stderr, truncated };
  } finally {
    await killGroup(group);
    await removeGroup(group);
    await rm(processFile, { force: true });
    await rm(log, { force: true });
  }
}

async function endAfter<T>(
  run: Promise<T>,
  { timeoutSeconds, signal }: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
  kill: () => Promise<void>,
): Promise<{ readonly result: T; readonly late: boolean }> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void kill();
  }, timeoutSeconds * 1000);
  const abort = () => void kill();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return { result: await run, late };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Ends every process of a cgroup at once (cgroup-v2.rst, cgroup.kill); one that is gone has none. */
async function killGroup(group: string): Promise<void> {
  await writeFile(`${group}/cgroup.kill`, "1").catch(() => undefined);
}

async function removeGroup(group: string): Promise<void> {
  // Killed processes leave their group a moment later.
  for (let attempt = 0; attempt < 50; attempt++) {
    const gone = await rmdir(group).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    if (gone) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
