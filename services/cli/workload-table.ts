import { formatAge } from "../model/age.ts";
import type { State } from "../model/state.ts";
import { formatIsolation } from "../model/workload/format-isolation.ts";
import { formatPort } from "../model/workload/format-port.ts";
import { formatTable } from "./table.ts";
import { oneLine } from "./terminal-text.ts";

/** The workloads as a table, and below it why each that is not as desired is not. */
export function workloadLines(state: State, now: Date): string[] {
  if (state.workloads.length === 0) return [`${state.device} has no workloads.`];
  const scheduled = state.workloads.some(({ schedule }) => schedule !== undefined);
  const next = (text: string) => (scheduled ? [text] : []);
  const guests = state.workloads.some(({ isolation }) => isolation !== "container");
  const kind = (text: string) => (guests ? [text] : []);
  const heading = [
    ...["NAME", "PHASE", "HEALTH", "SINCE", "RESTARTS", ...next("NEXT RUN"), ...kind("ISOLATION")],
    ...["PORTS", "IMAGE", "CHANGED BY"],
  ];
  const rows = state.workloads.map((workload) => [
    workload.name,
    workload.phase,
    workload.health === "none" ? "-" : workload.health,
    formatAge(workload.since, now),
    String(workload.restarts),
    ...next(workload.schedule?.next?.replace(/:00(\.000)?Z$/, "Z") ?? "-"),
    ...kind(formatIsolation(workload)),
    workload.ports.map(formatPort).join(" ") || "-",
    shortImage(workload.image),
    workload.issuer === undefined ? "-" : oneLine(workload.issuer),
  ]);
  const reasons = state.workloads.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`${name}: ${oneLine(reason.message)} (${reason.code})`],
  );
  return [...formatTable(heading, rows), ...(reasons.length > 0 ? ["", ...reasons] : [])];
}

/** The reference with the digest cut as people cut them: it names the image still. */
function shortImage(reference: string): string {
  return oneLine(reference).replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}$/, "@$1");
}
