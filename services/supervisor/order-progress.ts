import type { Reason } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import type { Observation, Step } from "./plan.ts";

/** How far an order has come since it was taken up: what was done for it already, and what it still asks for. */
export class OrderProgress {
  readonly order: string | undefined;
  /** Why the order fails; its workload is then led back to what it was. */
  readonly failure: Reason | undefined;
  /** How the job ended that failed it. */
  readonly exitCode: number | undefined;
  pulled = false;
  asked: Observation["asked"];
  /** Digest of the image that its workload runs. */
  digest: string | undefined;
  /** The run of a job that it makes, or waits for. */
  run: string | undefined;
  /** Whether the workload had to be started, in place of what ran. */
  restarted = false;

  /** @param failed the receipt, or what is to be one, that says why the order fails */
  constructor(order: string | undefined, failed?: Pick<Receipt, "reason" | "exitCode">) {
    this.order = order;
    this.failure = failed?.reason;
    this.exitCode = failed?.exitCode;
    this.asked = order === undefined || this.failure !== undefined ? "nothing" : "start";
  }

  /** Takes note of a step that was carried out. */
  note(step: Step): void {
    switch (step.kind) {
      case "pull":
        this.pulled = true;
        return;
      case "start-beside":
        this.asked = "judgement";
        return;
      case "start":
        this.restarted = true;
        // What is led back to is judged as well.
        if (this.asked === "start" || this.failure !== undefined) this.asked = "judgement";
        return;
      case "await-ready":
      case "await-beside":
        this.asked = "nothing";
        return;
      case "wait":
      case "stop":
      case "switch-over":
      case "dismiss":
        return;
    }
  }
}
