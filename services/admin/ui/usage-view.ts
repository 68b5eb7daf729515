import { formatBytes } from "../../model/format-bytes.ts";
import type { Usage } from "../../model/stats.ts";
import { element, setText } from "./dom.ts";

/** One line: what it is, the use in words, and a bar where there is a limit. */
class Line {
  readonly term: HTMLElement;
  readonly description: HTMLElement;
  readonly #words = element("span");
  readonly #meter: HTMLMeterElement;

  constructor(label: string, workload: string) {
    this.#meter = element("meter", { hidden: "", min: "0", "aria-label": `${label} of ${workload}` });
    this.term = element("dt", {}, label);
    this.description = element("dd", { class: "use" }, this.#words, this.#meter);
  }

  show(words: string, bar?: { readonly value: number; readonly most: number | undefined }): void {
    setText(this.#words, words);
    const most = bar?.most;
    this.#meter.hidden = most === undefined;
    if (bar === undefined || most === undefined) return;
    this.#meter.max = most;
    // The bar changes its colour when little is left.
    this.#meter.high = most * 0.9;
    this.#meter.value = bar.value;
  }
}

/** What a workload uses beside what it may use, changed in place; hidden while it does not run. */
export class UsageView {
  readonly node = element("dl", { class: "facts", hidden: "" });
  readonly #cpu: Line;
  readonly #memory: Line;
  readonly #processes: Line;
  readonly #disk: Line;
  readonly #network: Line;

  constructor(workload: string) {
    this.#cpu = new Line("CPU", workload);
    this.#memory = new Line("Memory", workload);
    this.#processes = new Line("Processes", workload);
    this.#disk = new Line("Disk", workload);
    this.#network = new Line("Network", workload);
    for (const { term, description } of [this.#cpu, this.#memory, this.#processes, this.#disk, this.#network])
      this.node.append(term, description);
  }

  show(usage: Usage | undefined): void {
    this.node.hidden = usage === undefined;
    if (usage === undefined) return;
    const { cpu, memory, pids, io, network } = usage;
    const percent = (value: number) => `${value.toFixed(1)} %`;
    this.#cpu.show(of(cpu.percent, cpu.limit, percent), { value: cpu.percent, most: cpu.limit });
    this.#memory.show(of(memory.current, memory.limit, formatBytes), { value: memory.current, most: memory.limit });
    this.#processes.show(of(pids.current, pids.limit, String), { value: pids.current, most: pids.limit });
    this.#disk.show(`${formatBytes(io.read)} read, ${formatBytes(io.written)} written`);
    this.#network.show(
      network === undefined
        ? "none of its own"
        : `${formatBytes(network.received)} received, ${formatBytes(network.sent)} sent`,
    );
  }
}

function of(use: number, limit: number | undefined, words: (value: number) => string): string {
  return limit === undefined ? words(use) : `${words(use)} of ${words(limit)}`;
}
