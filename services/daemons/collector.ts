import { aborted } from "../async/aborted.ts";
import { createLog } from "../host/log.ts";
import { createNotifier } from "../host/notify.ts";
import { startWatchdog } from "../host/watchdog.ts";
import { Collector } from "../logs/collector.ts";
import { LOG_PLACES } from "../logs/places.ts";
import { terminationSignal } from "./termination.ts";

/** `berth collector`: keeps what workloads write, until the service manager ends it. */
export async function runCollector(): Promise<void> {
  const log = createLog("collector");
  const notifier = createNotifier();
  const signal = terminationSignal();
  const collector = new Collector(LOG_PLACES, log);
  collector.start();
  const endWatchdog = startWatchdog({
    notifier,
    // Also finds pipes that no message told of.
    check() {
      collector.look();
      return true;
    },
    onFailure: (error) => log.error("the collector does not work", { error }),
  });
  notifier.ready("collecting");
  await aborted(signal);
  notifier.stopping();
  endWatchdog();
  collector.stop();
}
