import type { LogLine } from "../../model/log-line.ts";
import type { Api } from "./api.ts";
import { byId, element } from "./dom.ts";
import { reasonOfThrown } from "./reason-view.ts";

const MOST_LINES = 2000;
const TAIL = 200;
/** Near enough to the end to stay there when lines come. */
const END_PIXELS = 24;

/** Shows what a workload writes, as it writes it, until the dialog is closed. */
export async function showLogs(api: Api, workload: string): Promise<void> {
  const dialog = byId("logs", HTMLDialogElement);
  const lines = byId("logs-lines", HTMLPreElement);
  const state = byId("logs-state", HTMLParagraphElement);
  byId("logs-title", HTMLHeadingElement).textContent = `Logs of ${workload}`;
  lines.replaceChildren();
  state.textContent = "Live";
  const closing = new AbortController();
  byId("logs-close", HTMLButtonElement).onclick = () => dialog.close();
  dialog.onclose = () => closing.abort();
  dialog.showModal();
  try {
    const outgoing = { params: { name: workload }, query: { tail: TAIL, follow: true }, signal: closing.signal };
    for await (const { data } of api.follow("followLogs", "/v1/workloads/{name}/logs", outgoing)) add(lines, data);
    if (!closing.signal.aborted) state.textContent = "The log ended.";
  } catch (error) {
    if (!closing.signal.aborted) state.textContent = reasonOfThrown(error).message;
  }
}

function add(lines: HTMLPreElement, line: LogLine): void {
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < END_PIXELS;
  const clock = new Date(line.at).toLocaleTimeString([], { hour12: false });
  const time = element("span", { class: "muted" }, clock);
  lines.append(element("span", { class: `line ${line.stream}` }, time, ` ${line.message}\n`));
  while (lines.childElementCount > MOST_LINES) lines.firstElementChild?.remove();
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}
