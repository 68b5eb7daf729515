import { formatAge } from "../../model/age.ts";
import { element, setText } from "./dom.ts";

const OLD = "time[data-age]";
const BEAT_MILLISECONDS = 5000;

/** How long ago something was, kept right by {@link keepTimes}; the exact time is in its title. */
export function timeSince(at: string): HTMLElement {
  const title = new Date(at).toLocaleString();
  return element("time", { datetime: at, title, "data-age": "" }, formatAge(at, new Date()));
}

/** A time of day, with the date where it is another day. */
export function timeOfDay(at: string): HTMLElement {
  const date = new Date(at);
  const clock = date.toLocaleTimeString([], { hour12: false });
  const today = date.toDateString() === new Date().toDateString();
  const text = today ? clock : `${date.toLocaleDateString()} ${clock}`;
  return element("time", { datetime: at, title: date.toLocaleString() }, text);
}

/** Keeps every age on the page right until `signal` aborts. */
export function keepTimes(signal: AbortSignal): void {
  const timer = setInterval(() => {
    const now = new Date();
    for (const node of document.querySelectorAll<HTMLTimeElement>(OLD)) setText(node, formatAge(node.dateTime, now));
  }, BEAT_MILLISECONDS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
