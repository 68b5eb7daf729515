import { runAgent } from "../agent/run.ts";
import { connect } from "../api/client.ts";
import { systemClock } from "../host/clock.ts";
import { createLog } from "../host/log.ts";
import { createNotifier } from "../host/notify.ts";
import { AgentConfiguration } from "../model/service-configuration.ts";
import { readConfiguration } from "./configuration.ts";
import { PATHS } from "./paths.ts";
import { terminationSignal } from "./termination.ts";

/** `berth agent`: runs until the service manager ends it. */
export async function runAgentDaemon(): Promise<void> {
  await runAgent({
    configuration: await readConfiguration("agent", AgentConfiguration),
    supervisor: connect({ base: "http://supervisor", unix: PATHS.serviceSocket("agent") }),
    outboxPath: PATHS.outbox,
    statusPath: PATHS.linkStatus,
    clock: systemClock,
    notifier: createNotifier(),
    log: createLog("agent"),
    random: Math.random,
    signal: terminationSignal(),
  });
}
