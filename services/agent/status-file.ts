import type { Log } from "../host/log.ts";
import { reasonOf } from "../model/reason.ts";
import type { Clock, Notifier } from "../supervisor/ports.ts";
import { type LinkStatus, sameStatus, writeLinkStatus } from "./link-status.ts";
import { SerialQueue } from "./serial-queue.ts";

/** Keeps the link's status where others see it: in its file, at the service manager, and in the log. */
export class StatusFile {
  readonly #writes = new SerialQueue();
  #shown: LinkStatus | undefined;

  constructor(private readonly options: { path: string; clock: Clock; notifier: Notifier; log: Log }) {}

  /** What was shown last. */
  get shown(): LinkStatus | undefined {
    return this.#shown;
  }

  /** Shows a status unless it says what is shown already: a broker that is away for a week is one line in the log. */
  show(status: Omit<LinkStatus, "since">): void {
    const { clock, log, notifier, path } = this.options;
    const shown = this.#shown;
    const since = shown?.state === status.state ? shown.since : clock.now().toISOString();
    const next: LinkStatus = { ...status, since };
    if (sameStatus(shown, next)) return;
    this.#shown = next;
    if (shown?.state !== next.state || shown.reason?.message !== next.reason?.message) {
      notifier.status(describe(next));
      if (next.reason === undefined || next.reason.code === "link-closed") log.info(describe(next));
      else log.warning(describe(next), { code: next.reason.code });
    }
    this.#writes
      .add(() => writeLinkStatus(path, next))
      .catch((error) => log.warning("the link's status cannot be written", { path, reason: reasonOf(error).message }));
  }

  /** Settles when everything shown is written. */
  flush(): Promise<void> {
    return this.#writes.add(async () => undefined);
  }
}

/** A status as one line for a person. */
function describe(status: LinkStatus): string {
  switch (status.state) {
    case "connected":
      return `connected to ${status.broker}`;
    case "unconfigured":
      return "no fleet is configured";
    case "connecting":
      return `connecting to ${status.broker}`;
    case "offline":
      return status.reason?.message ?? `not connected to ${status.broker}`;
  }
}
