#!/usr/bin/env bun
import { reasonOf } from "./model/reason.ts";

/**
 * The one executable: `berth supervisor | agent | admin | config | fleet` are its services, everything else is its
 * client side. Each part is loaded only where it runs, so that a service holds no other's code in memory.
 */
async function main([command = "", ...argv]: readonly string[]): Promise<number> {
  switch (command) {
    case "supervisor":
      await (await import("./daemons/supervisor.ts")).runSupervisor();
      return 0;
    case "agent":
      await (await import("./daemons/agent.ts")).runAgentDaemon();
      return 0;
    case "admin":
      await (await import("./daemons/admin.ts")).runAdmin();
      return 0;
    case "config":
      await (await import("./daemons/configuration-apply.ts")).runConfiguration(argv);
      return 0;
    case "fleet":
      await (await import("./daemons/fleet.ts")).runFleet(argv);
      return 0;
    default: {
      const { runCli } = await import("./cli/index.ts");
      const { processIo } = await import("./cli/process-io.ts");
      return runCli(
        [command, ...argv].filter((word, index) => index > 0 || word !== ""),
        processIo(),
      );
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = reasonOf(error);
  process.stderr.write(`<3>berth: ${message} (${code})\n`);
  process.exitCode = 1;
}
