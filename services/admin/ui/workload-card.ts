import { formatBytes } from "../../model/format-bytes.ts";
import type { Progress } from "../../model/receipt.ts";
import type { WorkloadStatus } from "../../model/state.ts";
import type { Usage } from "../../model/stats.ts";
import { formatIsolation } from "../../model/workload/format-isolation.ts";
import { formatPort } from "../../model/workload/format-port.ts";
import { button, element, setText } from "./dom.ts";
import { reasonNodes } from "./reason-view.ts";
import { timeSince } from "./time-view.ts";
import { UsageView } from "./usage-view.ts";
import { actsFor, type WorkloadAct } from "./workload-actions.ts";

/** What a card's buttons do. */
export interface CardListener {
  act(act: WorkloadAct, workload: string): void;
  logs(workload: string): void;
}

/** One workload on the page. It is changed in place, so that the keyboard's focus stays where it is. */
export class WorkloadCard {
  readonly node: HTMLElement;
  readonly #name: string;
  readonly #listener: CardListener;
  readonly #phase = element("span", { class: "badge" });
  readonly #health = element("span", { class: "badge" });
  readonly #since = element("span", { class: "muted" });
  readonly #facts = element("dl", { class: "facts" });
  readonly #usage: UsageView;
  readonly #reason = element("div", { class: "alert", hidden: "" });
  readonly #progress = element("div", { class: "progress", hidden: "" });
  readonly #buttons = element("div", { class: "row wrap" });
  #desired: string | undefined;

  constructor(name: string, listener: CardListener) {
    this.#name = name;
    this.#listener = listener;
    const title = element("h3", {}, name);
    const head = element("div", { class: "row wrap" }, title, this.#phase, this.#health, this.#since);
    this.node = element("article", { class: "card workload", "aria-label": name }, head, this.#reason);
    this.#usage = new UsageView(name);
    this.node.append(this.#progress, this.#facts, this.#usage.node, this.#buttons);
  }

  update(status: WorkloadStatus): void {
    setText(this.#phase, status.phase);
    this.#phase.dataset.tone = toneOfPhase(status.phase);
    this.#health.hidden = status.health === "none";
    setText(this.#health, status.health);
    this.#health.dataset.tone = toneOfHealth(status.health);
    this.#since.replaceChildren("for ", timeSince(status.since));
    this.#reason.hidden = status.reason === undefined;
    this.#reason.replaceChildren(...(status.reason === undefined ? [] : reasonNodes(status.reason)));
    this.#facts.replaceChildren(...factNodes(status));
    if (status.phase === "running" || status.phase === "stopped") this.progress(undefined);
    if (this.#desired !== status.desired) this.#drawButtons(status);
    this.#desired = status.desired;
  }

  usage(usage: Usage | undefined): void {
    this.#usage.show(usage);
  }

  progress(progress: Progress | undefined): void {
    this.#progress.hidden = progress === undefined;
    if (progress === undefined) return;
    const { done, total } = progress;
    const amount =
      done === undefined ? "" : formatBytes(done) + (total === undefined ? "" : ` of ${formatBytes(total)}`);
    const words = [progress.step, progress.message, amount].filter((word) => word !== "").join(" · ");
    const meter = element("progress", { "aria-label": `${this.#name}: ${progress.step}` });
    if (done !== undefined && total !== undefined && total > 0) {
      meter.max = total;
      meter.value = done;
    }
    this.#progress.replaceChildren(element("span", {}, words), meter);
  }

  #drawButtons(status: WorkloadStatus): void {
    const hadFocus = this.#buttons.contains(document.activeElement);
    const logs = button("Logs", "", () => this.#listener.logs(this.#name));
    const acts = actsFor(status).map((act) =>
      button(act.label, act.kind === "remove" ? "danger" : "", () => this.#listener.act(act, this.#name)),
    );
    for (const made of [logs, ...acts]) made.setAttribute("aria-label", `${made.textContent} ${this.#name}`);
    this.#buttons.replaceChildren(logs, ...acts);
    if (hadFocus) logs.focus();
  }
}

function factNodes(status: WorkloadStatus): Node[] {
  const ports = status.ports.map(formatPort).join(", ");
  const changed = [
    ...(status.issuer === undefined ? [] : [`by ${status.issuer}`]),
    ...(status.order === undefined ? [] : [`order ${status.order}`]),
  ].join(", ");
  const facts: [string, string][] = [
    ["Image", status.image],
    ["Isolation", formatIsolation(status)],
    ["Ports", ports === "" ? "none" : ports],
    ["Address", [status.address, status.address6].filter((address) => address !== undefined).join(", ")],
    ["Next run", status.schedule?.next ?? ""],
    [
      "Last run",
      status.schedule?.last === undefined ? "" : `${status.schedule.last.due}, ${status.schedule.last.outcome}`,
    ],
    ["Restarts", status.restarts === 0 ? "" : String(status.restarts)],
    ["Changed", changed],
  ];
  return facts
    .filter(([, value]) => value !== "")
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
}

function toneOfPhase(phase: WorkloadStatus["phase"]): string {
  switch (phase) {
    case "running":
      return "good";
    case "failed":
      return "bad";
    case "backing-off":
      return "warn";
    case "pending":
    case "pulling":
    case "starting":
    case "stopping":
      return "busy";
    case "stopped":
    case "exited":
    case "completed":
    case "scheduled":
      return "idle";
  }
}

function toneOfHealth(health: WorkloadStatus["health"]): string {
  switch (health) {
    case "healthy":
      return "good";
    case "unhealthy":
      return "bad";
    case "starting":
      return "busy";
    case "none":
      return "idle";
  }
}
