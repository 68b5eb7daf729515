import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { z } from "zod";
import { bindContract } from "../../../services/api/server.ts";
import { systemClock } from "../../../services/host/clock.ts";
import { openDatabase } from "../../../services/host/database.ts";
import { serveSocket } from "../../../services/host/service-socket.ts";
import { DEFAULT_POLICY } from "../../../services/model/policy.ts";
import { generateSigningKey, importSigningKey } from "../../../services/model/signature.ts";
import { FakeImages, FakeVolumes, FakeWorkloads } from "../../../services/supervisor/fixtures/fakes.ts";
import { supervisorHandlers } from "../../../services/supervisor/handlers.ts";
import { Journal } from "../../../services/supervisor/journal/journal.ts";
import { MIGRATIONS } from "../../../services/supervisor/migrations.ts";
import { Supervisor } from "../../../services/supervisor/supervisor.ts";

/** A supervisor with its real journal, without containers below it: supervisor-process.ts SETTINGS-FILE. */
const Settings = z.object({
  device: z.string(),
  database: z.string(),
  socket: z.string(),
  image: z.string(),
  keys: z.array(z.tuple([z.string(), z.string()])),
});
const settings = Settings.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
const { device } = settings;
const clock = systemClock;
const journal = new Journal(openDatabase(settings.database, MIGRATIONS), { device, clock });
const images = new FakeImages();
images.remote.set(settings.image, `sha256:${"ab".repeat(32)}`);
const workloads = new FakeWorkloads();
const signingKeys = new Map(settings.keys);
const supervisor = new Supervisor({
  device,
  journal,
  images,
  workloads,
  volumes: new FakeVolumes(),
  clock,
  signingKeys,
  clockSynchronized: async () => true,
  policy: DEFAULT_POLICY,
  capacity: { cpus: 2, memory: 2 ** 30 },
  settle: 0,
  onError: console.error,
});
await supervisor.start([]);

const { privateKey } = await generateSigningKey();
const identity = await importSigningKey(privateKey);
const app = new Hono();
bindContract(
  app,
  supervisorHandlers({
    supervisor,
    journal,
    workloads,
    identity,
    origin: "fleet",
    issuer: "fleet",
    device: async () => ({
      name: device,
      version: "0.1.0",
      board: "bench",
      base: "debian",
      architecture: "amd64",
      kernel: "6.12",
      bootId: "bench",
      bootedAt: clock.now().toISOString(),
      publicKey: identity.publicKey,
      storage: { total: 1, free: 1 },
      configuration: { source: "none", problems: [] },
      problems: [],
    }),
  }),
);
serveSocket({ path: settings.socket, group: undefined }, app.fetch);
