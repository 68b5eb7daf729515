import { startAdmin } from "../admin/start.ts";
import { connect } from "../api/client.ts";
import { aborted } from "../async/aborted.ts";
import { createLog } from "../host/log.ts";
import { createNotifier } from "../host/notify.ts";
import { AdminConfiguration } from "../model/service-configuration.ts";
import { readConfiguration } from "./configuration.ts";
import { PATHS } from "./paths.ts";
import { terminationSignal } from "./termination.ts";

const HTTPS_PORT = 443;

/** `berth admin`: runs until the service manager ends it. */
export async function runAdmin(): Promise<void> {
  const signal = terminationSignal();
  const admin = await startAdmin({
    configuration: await readConfiguration("admin", AdminConfiguration),
    supervisor: connect({ base: "http://supervisor", unix: PATHS.serviceSocket("admin") }),
    stateDirectory: PATHS.adminState,
    port: HTTPS_PORT,
    log: createLog("admin"),
    notifier: createNotifier(),
  });
  await aborted(signal);
  await admin.stop();
}
