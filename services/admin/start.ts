import type { ApiClient } from "../api/client.ts";
import type { Log } from "../host/log.ts";
import { startWatchdog } from "../host/watchdog.ts";
import type { AdminConfiguration } from "../model/service-configuration.ts";
import type { Notifier } from "../supervisor/ports.ts";
import { createAdmin } from "./app.ts";
import { AttemptLimiter } from "./attempt-limiter.ts";
import { byteWayOf } from "./byte-operations.ts";
import { Gate } from "./gate.ts";
import { HealthProbe } from "./health-probe.ts";
import { loadTlsIdentity } from "./tls-identity.ts";
import { loadUi } from "./ui-bundle.ts";
import type { UiFiles } from "./ui-files.ts";

/** What the LAN service is started with. */
export interface AdminOptions {
  readonly configuration: AdminConfiguration;
  /** A client on the socket whose callers the supervisor takes for the LAN. */
  readonly supervisor: ApiClient;
  /** Where the certificate is kept; only this service may read it. */
  readonly stateDirectory: string;
  readonly port: number;
  /** The address to listen on; all of them unless given. */
  readonly hostname?: string;
  readonly log: Log;
  readonly notifier: Notifier;
}

/** The running service. */
export interface Admin {
  readonly port: number;
  /** SHA-256 of the certificate, for people to compare. */
  readonly fingerprint: string;
  stop(): Promise<void>;
}

const IDLE_SECONDS = 30;
/** Archives are larger than any bound worth setting: the supervisor stops at the disk's. */
const MOST_REQUEST_BYTES = Number.MAX_SAFE_INTEGER;

/** Starts the LAN service: the API, its page and its OpenAPI document, over HTTPS. */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { configuration, supervisor, log, notifier } = options;
  const identity = await loadTlsIdentity(options.stateDirectory, configuration, new Date());
  if (identity.made === "replaced") log.warning("the certificate was damaged or had run out; this is a new one");
  const now = () => performance.now();
  const gate = new Gate(configuration.token, new AttemptLimiter(now), (address) =>
    log.warning("a wrong token was tried", { address }),
  );
  let ui: Promise<UiFiles> | undefined;
  const answer = createAdmin({
    gate,
    supervisor,
    health: new HealthProbe(supervisor, now),
    ui: () => {
      ui ??= loadUi();
      return ui;
    },
    onFault: (error) => log.error("a request failed", { error }),
    about: { hostname: configuration.hostname, fingerprint: identity.fingerprint },
  });
  const server = Bun.serve({
    port: options.port,
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    tls: { cert: identity.certificate, key: identity.privateKey },
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: MOST_REQUEST_BYTES,
    development: false,
    fetch(request, self) {
      if (byteWayOf(request.method, new URL(request.url).pathname) !== undefined) self.timeout(request, 0);
      return answer(request, self.requestIP(request)?.address ?? "unknown");
    },
    error(error) {
      log.error("a request failed", { error });
      return new Response(null, { status: 500 });
    },
  });
  const port = server.port ?? options.port;
  const stopWatchdog = startWatchdog({
    notifier,
    check: async () => (await answer(new Request("https://localhost/healthz"), "watchdog")).status < 600,
    onFailure: (error) => log.error("the watchdog's check failed", { error }),
  });
  log.info("the LAN API is up", { port, fingerprint: identity.fingerprint });
  notifier.ready(`listening on port ${port}, certificate ${identity.fingerprint}`);
  return {
    port,
    fingerprint: identity.fingerprint,
    async stop() {
      notifier.stopping();
      stopWatchdog();
      await server.stop(true);
    },
  };
}
