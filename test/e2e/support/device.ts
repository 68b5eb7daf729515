import assert from "node:assert/strict";
import { type ApiClient, connect } from "../../../services/api/client.ts";
import type { BodyInputOf } from "../../../services/api/types.ts";
import type { Event } from "../../../services/model/event.ts";
import { isFinal, type Receipt } from "../../../services/model/receipt.ts";
import type { Phase, WorkloadStatus } from "../../../services/model/state.ts";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import type { Appliance } from "../../rig/appliance.ts";
import { waitFor } from "../../rig/wait.ts";

/** What an order asks for, as a client writes it. */
export type ActionInput = BodyInputOf<"giveOrder">["action"];

const PATIENCE = 120_000;

/** A booted device as the tests use it: its API, and a root shell to look at what an operator would not see. */
export class Device {
  readonly lan: ApiClient;
  readonly fleet: ApiClient;

  constructor(
    readonly appliance: Appliance,
    token = appliance.token,
  ) {
    this.lan = connect({ base: appliance.lanAddress, token, fetch: trustingFetch });
    this.fleet = connect({
      base: appliance.fleet.address,
      token: appliance.fleet.token,
      prefix: `/v1/devices/${appliance.device}`,
    });
  }

  /** Runs a shell command on the device as root and gives what it prints, trimmed; it must succeed. */
  async shell(command: string, timeout = PATIENCE): Promise<string> {
    const { code, stdout, stderr } = await this.appliance.machine.exec(command, timeout);
    assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Gives an order on the LAN and gives its first receipt. */
  give(action: ActionInput, id: string = crypto.randomUUID()): Promise<Receipt> {
    return this.lan.call("giveOrder", { body: { id, action } });
  }

  /** The final receipt of an order, as soon as it is there. */
  end(order: string, timeout = PATIENCE): Promise<Receipt> {
    return waitFor(`The end of order ${order}`, timeout, async () => {
      const receipt = await this.lan.call("getOrder", { params: { id: order } });
      return isFinal(receipt.status) ? receipt : undefined;
    });
  }

  /** Gives an order on the LAN and waits for its end. */
  async order(action: ActionInput, timeout?: number): Promise<Receipt> {
    const first = await this.give(action);
    return isFinal(first.status) ? first : this.end(first.order, timeout);
  }

  /** Gives an order that must succeed. */
  async succeed(action: ActionInput, timeout?: number): Promise<Receipt> {
    const receipt = await this.order(action, timeout);
    assert.equal(receipt.status, "succeeded", JSON.stringify(receipt.reason));
    return receipt;
  }

  apply(manifest: WorkloadInput, timeout?: number): Promise<Receipt> {
    return this.succeed({ kind: "apply", manifest }, timeout);
  }

  async remove(...workloads: string[]): Promise<void> {
    await Promise.all(workloads.map((workload) => this.succeed({ kind: "remove", workload })));
  }

  /** Every receipt of an order, in the order of the journal. */
  async receipts(order: string, api = this.lan): Promise<Receipt[]> {
    const found: Receipt[] = [];
    for await (const { data } of api.follow("followReceipts")) if (data.order === order) found.push(data);
    return found;
  }

  /** The newest thousand events. */
  async events(api = this.lan): Promise<Event[]> {
    const found: Event[] = [];
    for await (const { data } of api.follow("followEvents", { query: { limit: 1000 } })) found.push(data);
    return found;
  }

  status(name: string): Promise<WorkloadStatus> {
    return this.lan.call("getWorkload", { params: { name } });
  }

  /** Waits until a workload is in a phase. */
  phase(name: string, phase: Phase, timeout = PATIENCE): Promise<WorkloadStatus> {
    return waitFor(`${name} ${phase}`, timeout, async () => {
      const status = await this.status(name);
      return status.phase === phase ? status : undefined;
    });
  }

  /** A workload's first process as the device sees it; its start time, so that a number used again is told apart. */
  async process(name: string): Promise<{ pid: number; started: string }> {
    const unit = unitOf(name);
    const line = await this.shell(
      `pid=$(systemctl show --value -p MainPID ${unit}); echo "$pid $(cut -d' ' -f22 /proc/$pid/stat)"`,
    );
    const [pid, started = ""] = line.split(" ");
    return { pid: Number(pid), started };
  }

  /** Waits until the supervisor answers and gives its process. */
  supervisor(): Promise<number> {
    return waitFor("The supervisor", PATIENCE, async () => {
      await this.lan.call("getState");
      return Number(await this.shell("systemctl show --value -p MainPID berth-supervisor"));
    });
  }
}

/** A workload's unit. */
export function unitOf(workload: string): string {
  return `berth-workload-${workload}.service`;
}

/** The device's certificate is its own; what matters here is what is said over it. */
export function trustingFetch(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, tls: { rejectUnauthorized: false } });
}
