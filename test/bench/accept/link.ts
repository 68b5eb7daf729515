import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../../../image/paths.ts";
import { LinkStatus } from "../../../services/agent/link-status.ts";
import { readFleet } from "../../../services/fleet/directory.ts";
import { enrolDevice } from "../../../services/fleet/enrol.ts";
import { TestBroker } from "../../../services/fleet/fixtures/broker.ts";
import { Configuration } from "../../../services/model/configuration.ts";
import { type Child, endChild, startChild } from "../../rig/child.ts";
import { type Stoppable, stopAtExit, stopped } from "../../rig/cleanup.ts";
import { waitFor } from "../../rig/wait.ts";

/** A broker, an agent and a supervisor with its journal, each a process of its own, linked over loopback and a socket. */
export class Link implements Stoppable {
  private constructor(
    readonly broker: TestBroker,
    readonly agent: Child,
    readonly supervisor: Child,
  ) {}

  /** Starts them in `folder`; settles when the agent is connected. */
  static async start(folder: string, device: string, image: string): Promise<Link> {
    const broker = await TestBroker.start(join(folder, "fleet"));
    const { yaml } = await enrolDevice({
      directory: broker.directory,
      name: device,
      broker: broker.url,
      now: new Date(),
    });
    const { fleet } = Configuration.parse(Bun.YAML.parse(yaml));
    if (fleet === undefined) throw new Error("no fleet in the configuration");
    const { signing } = await readFleet(broker.directory);
    const path = (name: string) => join(folder, name);
    mkdirSync(path("state"));
    const settings = {
      device,
      image,
      database: path("state/state.db"),
      socket: path("supervisor.sock"),
      keys: [[signing.keyId, signing.identity.publicKey]],
    };
    writeFileSync(path("supervisor.json"), JSON.stringify(settings));
    const { signingKeys: _, ...link } = fleet;
    writeFileSync(path("agent.json"), JSON.stringify({ device, fleet: link }));
    const program = (file: string, ...argv: string[]) => [process.execPath, join(PROJECT, file), ...argv];
    const supervisor = startChild(
      program("test/bench/accept/supervisor-process.ts", path("supervisor.json")),
      path("supervisor.log"),
    );
    const agent = startChild(
      program(
        "services/agent/fixtures/agent-process.ts",
        path("agent.json"),
        settings.socket,
        path("state/outbox.db"),
        path("link.json"),
      ),
      path("agent.log"),
    );
    const started = new Link(broker, agent, supervisor);
    stopAtExit(started);
    await waitFor("The agent's link", 30_000, () => isConnected(path("link.json")));
    return started;
  }

  async stop(): Promise<void> {
    stopped(this);
    await endChild(this.agent);
    await endChild(this.supervisor);
    await this.broker.kill();
  }
}

function isConnected(statusFile: string): boolean {
  return LinkStatus.parse(JSON.parse(readFileSync(statusFile, "utf8"))).state === "connected";
}
