import type { OrderNews } from "./follow-order.ts";
import type { OrderView } from "./progress-line.ts";

/** The view after some news. Progress belongs to a running order and goes with it. */
export function advance(view: OrderView, news: OrderNews): OrderView {
  switch (news.kind) {
    case "receipt": {
      const { status } = news.receipt;
      return { ...view, status, progress: status === "running" ? view.progress : undefined, lost: undefined };
    }
    case "progress":
      return { ...view, status: "running", progress: news.progress, lost: undefined };
    case "lost":
      return { ...view, lost: `connection lost, trying again (${news.reason.message})` };
  }
}
