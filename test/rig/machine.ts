import type { Acceleration } from "./acceleration.ts";
import { endChild, hasEnded } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { ConsoleLog } from "./console-log.ts";
import { type ExecResult, GuestAgent } from "./guest-agent.ts";
import { clearMachine, layOutMachine, type MachineFiles, writeConfigDrive } from "./machine-files.ts";
import type { MachineImage } from "./machine-image.ts";
import { type Run, socketPaths, startRun } from "./machine-run.ts";
import { freePort } from "./port.ts";
import { type Forward, forwardRule, NETDEV, NIC } from "./qemu.ts";
import { waitFor, within } from "./wait.ts";

/** What a machine is made of. */
export interface MachineOptions {
  readonly image: MachineImage;
  readonly acceleration: Acceleration;
  /** Names its folder under `build/rig/`; machines that run at the same time have different ones. */
  readonly name?: string;
  /** In MiB; 1024 by default. */
  readonly memory?: number;
  /** 2 by default. */
  readonly cpus?: number;
  /** The disk's size in GiB, to which the data partition grows; 6 by default. */
  readonly diskSize?: number;
  /** TCP ports of the guest to be reached from the host, each on a free loopback port. */
  readonly ports?: readonly number[];
  /** Files of the configuration drive, by name; no drive is attached without. */
  readonly config?: Readonly<Record<string, string>>;
}

const GIB = 1024 ** 3;

/**
 * A machine in QEMU with an image on its disk, which its firmware starts. The guest reaches the host's loopback
 * services as 10.0.2.2.
 */
export class Machine implements Stoppable {
  readonly console: ConsoleLog;
  readonly #options: MachineOptions;
  readonly #files: MachineFiles;
  readonly #forwards: Forward[] = [];
  #configDrive: string | undefined;
  #run: Run | undefined;
  #boots = 0;

  private constructor(options: MachineOptions, files: MachineFiles) {
    this.#options = options;
    this.#files = files;
    this.console = new ConsoleLog(files.consoleLog);
  }

  /** Makes a machine with a fresh disk; {@link boot} starts it. */
  static async create(options: MachineOptions): Promise<Machine> {
    const { image, acceleration, name = "machine", diskSize = 6, ports = [], config } = options;
    const machine = new Machine(options, await layOutMachine(name, image, acceleration, diskSize * GIB));
    stopAtExit(machine);
    for (const guest of ports) machine.#forwards.push({ host: await freePort(), guest });
    if (config !== undefined) await machine.setConfig(config);
    return machine;
  }

  /** Whether QEMU runs. */
  get running(): boolean {
    return this.#run !== undefined && !hasEnded(this.#run.qemu);
  }

  /** How often it has been switched on or has restarted. */
  get boots(): number {
    return this.#boots;
  }

  /** The unix socket of the serial console, for a person (`socat - UNIX-CONNECT:…`). */
  get consoleSocket(): string {
    return socketPaths(this.#files).consoleSocket;
  }

  /** The file that is its disk, to be written to only while the machine is off. */
  get disk(): string {
    return this.#files.disk;
  }

  /** The host's loopback port for a port of the guest that is forwarded. */
  port(guest: number): number {
    const forward = this.#forwards.find((candidate) => candidate.guest === guest);
    if (forward === undefined) throw new Error(`Port ${guest} of the machine is not forwarded`);
    return forward.host;
  }

  /** Forwards one more port of the guest, at once and at later boots; returns the host's port. */
  async forward(guest: number): Promise<number> {
    const known = this.#forwards.find((candidate) => candidate.guest === guest);
    if (known !== undefined) return known.host;
    const forward = { host: await freePort(), guest };
    this.#forwards.push(forward);
    const line = `hostfwd_add ${NETDEV} ${forwardRule(forward)}`;
    await this.#run?.qmp.execute("human-monitor-command", { "command-line": line });
    return forward.host;
  }

  /** Puts other files on the configuration drive; a running machine sees them at its next boot. */
  async setConfig(files: Readonly<Record<string, string>>): Promise<void> {
    this.#configDrive = await writeConfigDrive(this.#files, files);
  }

  /** Switches the machine on. It is {@link ready} some time later. */
  async boot(): Promise<void> {
    if (this.running) throw new Error("The machine is on already");
    const { image, acceleration, memory = 1024 } = this.#options;
    // Emulated, one processor: with two, QEMU 7.2 now and then ran what the kernel had patched a moment before (an int3
    // oops), and test files that run beside each other have the host's two processors busy anyway.
    const { cpus = acceleration.kind === "tcg" ? 1 : 2 } = this.#options;
    const machine = {
      arch: image.arch,
      acceleration,
      cpus,
      memory,
      configDrive: this.#configDrive,
      forwards: this.#forwards,
    };
    const run = await startRun(this.#files, machine);
    this.#run = run;
    this.#boots += 1;
    void run.qemu.ended.then(() => this.#restart(run));
  }

  /** Waits until programs can be run in the guest; multi-user services may still be starting. */
  async ready(timeout = 180_000): Promise<void> {
    const run = this.#on();
    run.agent?.close();
    run.agent = await GuestAgent.open(socketPaths(this.#files).agentSocket, timeout);
  }

  /** Runs a program (or, given a string, a shell command) in the guest as root. */
  async exec(command: string | readonly string[], timeout?: number): Promise<ExecResult> {
    return (await this.#agent()).exec(command, timeout);
  }

  /** The first console line from `since` on that matches, as soon as it is there. */
  waitForConsole(pattern: RegExp, timeout = 180_000, since = 0): Promise<string> {
    return this.console.wait(pattern, timeout, since);
  }

  /** Pulls the plug: what the guest has not flushed may be lost. */
  async powerCut(): Promise<void> {
    const { qemu } = this.#on();
    qemu.process.kill("SIGKILL");
    await qemu.ended;
    this.#release();
  }

  /** Shuts the guest down in order. */
  async shutdown(timeout = 90_000): Promise<void> {
    const { qemu } = this.#on();
    (await this.#agent()).shutdown("powerdown");
    await within("Shutdown", timeout, qemu.ended);
    this.#release();
  }

  /** Restarts the guest in order and waits until it is {@link ready} again. */
  async reboot(timeout = 240_000): Promise<void> {
    const before = this.#boots;
    (await this.#agent()).shutdown("reboot");
    await this.rebooted(before, timeout);
  }

  /** Waits for a restart that something in the guest brings about, `before` being {@link boots} from before it. */
  async rebooted(before: number, timeout = 240_000): Promise<void> {
    await waitFor("Restart", timeout, () => this.#boots > before);
    await this.ready(timeout);
  }

  /** Pulls the network cable. */
  async cutNetwork(): Promise<void> {
    await this.#on().qmp.execute("set_link", { name: NIC, up: false });
  }

  /** Plugs the network cable in again. */
  async restoreNetwork(): Promise<void> {
    await this.#on().qmp.execute("set_link", { name: NIC, up: true });
  }

  /** Ends the machine for good and removes its disk; its logs stay in `build/rig/`. */
  async stop(): Promise<void> {
    stopped(this);
    if (this.#run !== undefined) await endChild(this.#run.qemu);
    this.#release();
    clearMachine(this.#files);
  }

  async #agent(): Promise<GuestAgent> {
    if (this.#on().agent === undefined) await this.ready();
    const { agent } = this.#on();
    if (agent === undefined) throw new Error("The guest agent is away");
    return agent;
  }

  async #restart(run: Run): Promise<void> {
    if (!(await run.qmp.wasReset()) || this.#run !== run) return;
    this.#release();
    await this.boot();
  }

  #on(): Run {
    if (this.#run === undefined) throw new Error("The machine is off");
    return this.#run;
  }

  #release(): void {
    this.#run?.agent?.close();
    this.#run?.qmp.close();
    this.#run = undefined;
  }
}
