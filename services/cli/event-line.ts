import type { Event } from "../model/event.ts";
import { oneLine } from "./terminal-text.ts";

/** An event on one line: when, what, to which workload, why, by whom and by which order. */
export function eventLine(event: Event): string {
  const why = event.reason?.message;
  const by = [
    ...(event.issuer === undefined ? [] : [`by ${oneLine(event.issuer)}`]),
    ...(event.order === undefined ? [] : [`order ${event.order}`]),
  ].join(", ");
  const parts = [
    event.at.replace("T", " ").replace(/\.\d+/, ""),
    event.kind.padEnd(20),
    ...(event.workload === undefined ? [] : [`${event.workload}:`]),
    oneLine(event.message),
    ...(why === undefined || event.message.includes(why) ? [] : [`- ${oneLine(why)}`]),
    ...(by === "" ? [] : [`(${by})`]),
  ];
  return parts.join(" ");
}
