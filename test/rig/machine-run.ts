import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import type { GuestAgent } from "./guest-agent.ts";
import type { MachineFiles } from "./machine-files.ts";
import { type QemuOptions, qemuArgv } from "./qemu.ts";
import { Qmp } from "./qmp.ts";

/** A machine's running half: gone with each power cut and each restart. */
export interface Run {
  readonly qemu: Child;
  readonly qmp: Qmp;
  agent: GuestAgent | undefined;
}

/** What a run is told beside the machine's files. */
type RunOptions = Pick<QemuOptions, "arch" | "acceleration" | "cpus" | "memory" | "configDrive" | "forwards">;

/** The unix sockets on which QEMU listens for a machine. */
export function socketPaths(files: MachineFiles) {
  return {
    consoleSocket: join(files.sockets, "console"),
    monitorSocket: join(files.sockets, "monitor"),
    agentSocket: join(files.sockets, "agent"),
  };
}

/** Starts QEMU and waits for its monitor. */
export async function startRun(files: MachineFiles, options: RunOptions): Promise<Run> {
  const sockets = socketPaths(files);
  for (const path of Object.values(sockets)) rmSync(path, { force: true });
  const qemu = startChild(qemuArgv({ ...files, ...sockets, ...options }), files.qemuLog);
  const died = qemu.ended.then(() => {
    const said = existsSync(files.qemuLog) ? readFileSync(files.qemuLog, "utf8").trim() : "";
    throw new Error(`QEMU ended: ${said}`);
  });
  // Heard only while the monitor is awaited.
  died.catch(() => {});
  return { qemu, qmp: await Promise.race([Qmp.open(sockets.monitorSocket), died]), agent: undefined };
}
