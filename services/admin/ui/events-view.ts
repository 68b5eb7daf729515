import type { Event } from "../../model/event.ts";
import { byId, element } from "./dom.ts";
import { timeOfDay } from "./time-view.ts";

const MOST = 200;

/** What happened on the device, newest first. */
export class EventsView {
  readonly #list = byId("events", HTMLOListElement);
  #newest = 0;

  constructor() {
    this.#list.replaceChildren();
  }

  /** The number of the newest event shown. */
  get newest(): number {
    return this.#newest;
  }

  add(event: Event): void {
    if (event.id <= this.#newest) return;
    this.#newest = event.id;
    this.#list.prepend(eventNode(event));
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
  }
}

function eventNode(event: Event): HTMLLIElement {
  const by = [
    ...(event.issuer === undefined ? [] : [`by ${event.issuer}`]),
    ...(event.order === undefined ? [] : [`order ${event.order}`]),
  ].join(", ");
  const head = element("div", { class: "event-head" }, timeOfDay(event.at), " ", element("strong", {}, event.kind));
  if (event.workload !== undefined) head.append(" ", element("span", { class: "chip" }, event.workload));
  const item = element("li", {}, head, element("div", {}, event.message));
  const why = event.reason?.message;
  if (why !== undefined && !event.message.includes(why)) item.append(element("div", {}, why));
  if (by !== "") item.append(element("div", { class: "muted" }, by));
  if (/failed|rejected|unhealthy|corrupt|invalid|expired/.test(event.kind)) item.dataset.tone = "bad";
  return item;
}
