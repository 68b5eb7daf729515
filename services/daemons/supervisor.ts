import { availableParallelism, totalmem } from "node:os";
import { Hono } from "hono";
import { bindContract, type Handlers, problemResponse } from "../api/server.ts";
import { aborted } from "../async/aborted.ts";
import { clockSynchronized, systemClock } from "../host/clock.ts";
import { type Database, openDatabase } from "../host/database.ts";
import { readDeviceFacts } from "../host/device-facts.ts";
import { loadDeviceKey } from "../host/device-key.ts";
import { groupNumber } from "../host/group.ts";
import { layerOpener } from "../host/layer-opener.ts";
import { createLog } from "../host/log.ts";
import { createNotifier } from "../host/notify.ts";
import { type ServiceSocket, serveSocket } from "../host/service-socket.ts";
import { openSystemd } from "../host/systemd.ts";
import { startWatchdog } from "../host/watchdog.ts";
import { openImageStore } from "../images/store.ts";
import type { Device, Virtualization } from "../model/device.ts";
import type { Origin } from "../model/order.ts";
import { type Reason, ReasonError } from "../model/reason.ts";
import { SupervisorConfiguration as Schema, type SupervisorConfiguration } from "../model/service-configuration.ts";
import type { SigningIdentity } from "../model/signature.ts";
import { faultedHandlers } from "../supervisor/faulted.ts";
import { supervisorHandlers } from "../supervisor/handlers.ts";
import { Journal } from "../supervisor/journal/journal.ts";
import { MIGRATIONS } from "../supervisor/migrations.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { openVolumes } from "../volumes/store.ts";
import { openEngine } from "../workloads/engine.ts";
import { readConfiguration } from "./configuration.ts";
import { watchDatabase } from "./database-watch.ts";
import { linkProblem } from "./link-status.ts";
import { PATHS } from "./paths.ts";
import { terminationSignal } from "./termination.ts";

/** On a socket of the device nothing comes between that would take a silent connection for a dead one: less to wake up for. */
const HEART_BEAT = 60_000;

/** Who may give orders on a socket, and under which name they are recorded. */
interface WayIn extends ServiceSocket {
  readonly origin: Origin;
  readonly issuer: string;
}

/** `berth supervisor`: runs until the service manager ends it. */
export async function runSupervisor(): Promise<void> {
  // systemd.exec(5): systemd sets it where a unit shall tell more.
  const log = createLog("supervisor", { debug: process.env.DEBUG_INVOCATION === "1" });
  const notifier = createNotifier();
  const signal = terminationSignal();
  const configuration = await readConfiguration("supervisor", Schema);
  const identity = await loadDeviceKey(PATHS.deviceKey);
  const waysIn = await openWaysIn();

  const opened = open();
  const problems: Reason[] = "reason" in opened ? [opened.reason] : [];
  const database = "reason" in opened ? undefined : watchDatabase(opened.database);
  let virtualization = (): Promise<Virtualization | undefined> => Promise.resolve(undefined);
  const device = async () => {
    const found = database?.reason();
    const own = found === undefined ? problems : [...problems, found];
    return describeDevice(configuration, { identity, own, virtualization: await virtualization() });
  };
  let handlersFor: (wayIn: WayIn) => Handlers;
  let end = () => {};
  if ("reason" in opened) {
    log.error(opened.reason.message, { code: opened.reason.code });
    handlersFor = () => faultedHandlers(opened.reason, device);
  } else {
    const journal = new Journal(opened.database, { device: configuration.device, clock: systemClock });
    const images = await openImageStore({
      directory: PATHS.images,
      registries: configuration.registries,
      openLayer: layerOpener(),
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
    });
    const systemd = openSystemd();
    const volumes = await openVolumes({ directory: PATHS.volumes, clock: systemClock });
    const workloads = openEngine({
      systemd,
      volumes,
      hostPaths: configuration.policy.hostPaths,
      onStep: (workload, step, milliseconds) => log.debug("workload start", { step, milliseconds, workload }),
    });
    const signingKeys = new Map(configuration.signingKeys.map(({ id, publicKey }) => [id, publicKey]));
    virtualization = () => workloads.virtualization();
    const { device: name } = configuration;
    const supervisor = new Supervisor({
      device: name,
      journal,
      images,
      workloads,
      volumes,
      clock: systemClock,
      signingKeys,
      policy: configuration.policy,
      capacity: { cpus: availableParallelism(), memory: totalmem() },
      clockSynchronized,
      onError: (error) => log.error("something failed and is tried again", { error }),
    });
    await supervisor.start(configuration.problems);
    workloads.prepare().catch((error: unknown) => log.warning("the workloads' network is not ready yet", { error }));
    handlersFor = ({ origin, issuer }) =>
      supervisorHandlers({ supervisor, journal, workloads, identity, origin, issuer, device });
    end = () => {
      supervisor.stop();
      systemd.close();
      opened.database.close();
    };
  }

  const servers = waysIn.map((wayIn) => serveSocket(wayIn, appOf(handlersFor(wayIn)).fetch));
  const endWatchdog = startWatchdog({
    notifier,
    check: () => database?.check() ?? true,
    onFailure: (error) => log.error("the supervisor does not work", { error }),
  });
  notifier.ready("reason" in opened ? opened.reason.message : `supervising ${configuration.device}`);

  await aborted(signal);
  notifier.stopping();
  endWatchdog();
  await Promise.all(servers.map((server) => server.stop()));
  end();
}

/** Opens the journal's database; one that cannot be used is a reason to show, not one to end. */
function open(): { database: Database } | { reason: Reason } {
  try {
    return { database: openDatabase(PATHS.state, MIGRATIONS) };
  } catch (error) {
    if (error instanceof ReasonError) return { reason: error.reason };
    throw error;
  }
}

async function openWaysIn(): Promise<WayIn[]> {
  return [
    { path: PATHS.socket, group: undefined, origin: "local", issuer: "root on the device" },
    { path: PATHS.serviceSocket("admin"), group: await groupNumber("berth-admin"), origin: "lan", issuer: "LAN token" },
    { path: PATHS.serviceSocket("agent"), group: await groupNumber("berth-agent"), origin: "fleet", issuer: "fleet" },
  ];
}

function appOf(handlers: Handlers): Hono {
  const app = new Hono();
  bindContract(app, handlers, { heartBeat: HEART_BEAT });
  app.notFound(() =>
    problemResponse({ code: "not-found", message: "there is no such operation", allowed: "the API of /openapi.json" }),
  );
  return app;
}

async function describeDevice(
  configuration: SupervisorConfiguration,
  {
    identity,
    own,
    virtualization,
  }: {
    readonly identity: SigningIdentity;
    readonly own: readonly Reason[];
    readonly virtualization: Virtualization | undefined;
  },
): Promise<Device> {
  const { facts, problems } = await readDeviceFacts();
  const link = await linkProblem();
  return {
    name: configuration.device,
    ...facts,
    publicKey: identity.publicKey,
    configuration: { source: configuration.source, problems: configuration.problems },
    ...(virtualization === undefined ? {} : { virtualization }),
    problems: [...own, ...problems, ...(link === undefined ? [] : [link])],
  };
}
