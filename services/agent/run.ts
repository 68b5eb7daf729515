import type { ApiClient } from "../api/client.ts";
import { aborted } from "../async/aborted.ts";
import type { Log } from "../host/log.ts";
import { startWatchdog } from "../host/watchdog.ts";
import type { AgentConfiguration } from "../model/service-configuration.ts";
import type { Clock, Notifier } from "../supervisor/ports.ts";
import { StatusFile } from "./status-file.ts";

/** What the agent is made of. */
export interface AgentOptions {
  readonly configuration: AgentConfiguration;
  /** The supervisor's API on the agent's own socket. */
  readonly supervisor: ApiClient;
  /** The database of what waits for the broker; made where there is none. */
  readonly outboxPath: string;
  /** Where the link's status goes, such as /run/berth-agent/link.json. */
  readonly statusPath: string;
  readonly clock: Clock;
  readonly notifier: Notifier;
  readonly log: Log;
  /** Numbers from 0 up to 1, for the jitter of retries. */
  random(): number;
  /** Ends the agent. */
  readonly signal: AbortSignal;
}

/**
 * Links a device to its fleet until `signal` aborts; without a fleet it only says so. Ready means running, not connected:
 * being offline is normal. Throws only when the outbox cannot be used (as `openDatabase` does).
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { configuration, clock, notifier, log, signal } = options;
  const status = new StatusFile({ path: options.statusPath, clock, notifier, log });
  const { fleet } = configuration;
  const onFailure = (error: unknown) => log.error("the agent does not work", { error });
  if (fleet === undefined) {
    status.show({ state: "unconfigured" });
    notifier.ready("no fleet is configured");
    const end = startWatchdog({ notifier, check: () => true, onFailure });
    await aborted(signal);
    end();
  } else {
    // MQTT.js takes memory that a device without a fleet need not spend.
    const { LinkedAgent } = await import("./linked-agent.ts");
    const agent = new LinkedAgent({ ...options, device: configuration.device, fleet, status });
    notifier.ready(`starting to connect to ${fleet.broker}`);
    const end = startWatchdog({ notifier, check: () => agent.probe(), onFailure });
    await agent.run();
    end();
  }
  notifier.stopping();
  await status.flush();
}
