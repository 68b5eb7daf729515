import type { Event } from "../../model/event.ts";
import type { Reason } from "../../model/reason.ts";
import type { Receipt } from "../../model/receipt.ts";
import { button, element } from "./dom.ts";
import { reasonNodes } from "./reason-view.ts";

const STAY_MILLISECONDS = 6000;

/** Tells, where assistive technology listens, how each order given on this page goes. Failures stay until dismissed. */
export class Notices {
  readonly #place: HTMLElement;
  readonly #open = new Map<string, { readonly title: string; readonly box: HTMLElement }>();

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** An order was given. */
  given(title: string, receipt: Receipt): void {
    const box = this.#box("notice");
    this.#open.set(receipt.order, { title, box });
    this.#show(receipt.order, receipt.status, receipt.reason);
  }

  /** Something happened on the device. */
  heard(event: Event): void {
    if (event.order === undefined || !event.kind.startsWith("order-")) return;
    this.#show(event.order, event.kind.slice("order-".length), event.reason);
  }

  /** An order could not be given. */
  refused(title: string, reason: Reason): void {
    this.#fill(this.#box("notice bad"), `${title}: refused`, reason);
  }

  #show(order: string, status: string, reason: Reason | undefined): void {
    const notice = this.#open.get(order);
    if (notice === undefined) return;
    const { title, box } = notice;
    this.#fill(box, `${title}: ${status}`, reason);
    if (status === "sent" || status === "accepted" || status === "running") return;
    this.#open.delete(order);
    if (status === "succeeded") {
      box.className = "notice good";
      setTimeout(() => box.remove(), STAY_MILLISECONDS);
    } else box.className = "notice bad";
  }

  #box(classes: string): HTMLElement {
    const box = element("div", { class: classes });
    this.#place.append(box);
    return box;
  }

  #fill(box: HTMLElement, text: string, reason: Reason | undefined): void {
    const dismiss = button("Dismiss", "quiet", () => box.remove());
    const words = element("div", {}, element("strong", {}, text), ...(reason === undefined ? [] : reasonNodes(reason)));
    box.replaceChildren(words, dismiss);
  }
}
