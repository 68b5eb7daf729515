import { formatSpan } from "../model/age.ts";
import { formatBytes } from "../model/quantity.ts";
import type { Progress, ReceiptStatus } from "../model/receipt.ts";
import { fit, oneLine, width } from "./terminal-text.ts";

/** How an order stands, as far as it is known here. */
export interface OrderView {
  /** What it is about, such as `apply web`. */
  readonly title: string;
  /** Undefined until the order was given. */
  readonly status: ReceiptStatus | undefined;
  readonly progress: Progress | undefined;
  /** Why nothing is heard at present. */
  readonly lost: string | undefined;
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;
const TENTHS = 10;

/** The one live line of a terminal `columns` wide. */
export function progressLine(view: OrderView, elapsedMilliseconds: number, columns: number): string {
  const end = `  ${formatSpan(elapsedMilliseconds)}`;
  const room = columns - 1 - width(end);
  const head = [view.title, view.status ?? "sending"].join("  ");
  if (view.lost !== undefined) return fit(`${head}  ${oneLine(view.lost)}`, room) + end;
  const { progress } = view;
  if (progress === undefined || view.status !== "running") return fit(head, room) + end;
  const start = `${view.title}  ${progress.step}`;
  const amount = amountOf(progress);
  const bar = barFor(progress, room - width(start) - width(amount) - 4);
  const known = [start, bar, amount].filter((part) => part !== "").join("  ");
  const message = oneLine(progress.message);
  const left = room - width(known) - 2;
  return fit(left >= NARROWEST_BAR && message !== "" ? `${known}  ${fit(message, left)}` : known, room) + end;
}

/** The line a pipe gets when `before` became `after`; undefined when nothing worth a line changed. */
export function plainLine(before: OrderView | undefined, after: OrderView): string | undefined {
  if (after.lost !== undefined)
    return before?.lost === undefined ? `${after.title}: ${oneLine(after.lost)}` : undefined;
  if (after.status !== before?.status) return after.status && `${after.title}: ${after.status}`;
  const { progress } = after;
  if (progress === undefined || milestone(progress) === milestone(before?.progress)) return undefined;
  const parts = [progress.step, oneLine(progress.message), amountOf(progress)].filter((part) => part !== "");
  return `${after.title}: ${parts.join(": ")}`;
}

/** Changes with each step and with each tenth of the bytes, so that a log gets a few lines and not thousands. */
function milestone(progress: Progress | undefined): string {
  if (progress === undefined) return "";
  const fraction = fractionOf(progress);
  return fraction === undefined
    ? `${progress.step} ${progress.done === undefined ? progress.message : ""}`
    : `${progress.step} ${Math.floor(fraction * TENTHS)}`;
}

function fractionOf({ done, total }: Progress): number | undefined {
  return done === undefined || total === undefined || total <= 0 ? undefined : Math.min(1, done / total);
}

function amountOf(progress: Progress): string {
  const { done, total } = progress;
  if (done === undefined) return "";
  if (total === undefined) return formatBytes(done);
  const percent = fractionOf(progress);
  const share = percent === undefined ? "" : ` ${Math.floor(percent * 100)} %`;
  return `${formatBytes(done)} of ${formatBytes(total)}${share}`;
}

function barFor(progress: Progress, room: number): string {
  const fraction = fractionOf(progress);
  const cells = Math.min(WIDEST_BAR, room - 2);
  if (fraction === undefined || cells < NARROWEST_BAR) return "";
  const full = Math.round(fraction * cells);
  return `[${"#".repeat(full)}${"-".repeat(cells - full)}]`;
}
