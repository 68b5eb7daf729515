import type { Progress } from "../../model/receipt.ts";
import type { State } from "../../model/state.ts";
import type { Stats } from "../../model/stats.ts";
import { byId } from "./dom.ts";
import { type CardListener, WorkloadCard } from "./workload-card.ts";

/** The list of workloads. */
export class WorkloadsView {
  readonly #place = byId("workloads", HTMLDivElement);
  readonly #empty = byId("no-workloads", HTMLParagraphElement);
  readonly #cards = new Map<string, WorkloadCard>();
  readonly #listener: CardListener;

  constructor(listener: CardListener) {
    this.#listener = listener;
    this.#place.replaceChildren();
  }

  show(state: State): void {
    const names = new Set(state.workloads.map(({ name }) => name));
    for (const [name, card] of this.#cards) {
      if (names.has(name)) continue;
      card.node.remove();
      this.#cards.delete(name);
    }
    for (const status of state.workloads) this.#card(status.name).update(status);
    this.#empty.hidden = state.workloads.length > 0;
  }

  /** What they use now. */
  usage(stats: Stats): void {
    for (const { name, usage } of stats.workloads) this.#cards.get(name)?.usage(usage);
  }

  progress(progress: Progress): void {
    this.#cards.get(progress.workload)?.progress(progress);
  }

  /** An order ended: what it was doing is done. */
  settled(workload: string | undefined): void {
    if (workload !== undefined) this.#cards.get(workload)?.progress(undefined);
  }

  #card(name: string): WorkloadCard {
    const known = this.#cards.get(name);
    if (known !== undefined) return known;
    const card = new WorkloadCard(name, this.#listener);
    this.#cards.set(name, card);
    const next = [...this.#cards.keys()].filter((other) => other > name).sort()[0];
    this.#place.insertBefore(card.node, next === undefined ? null : (this.#cards.get(next)?.node ?? null));
    return card;
  }
}
