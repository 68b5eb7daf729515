#!/usr/bin/env bun
import { reasonLines } from "./cli/reason-lines.ts";
import { reasonOf } from "./model/reason.ts";

/**
 * The one executable: `berth supervisor | agent | admin | collector | config | fleet` are its services, everything else is its
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
    case "collector":
      await (await import("./daemons/collector.ts")).runCollector();
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
  const reason = reasonOf(error);
  // To the service manager's log the priority comes first (sd-daemon(3)); a person is shown the field and what is allowed.
  const [message = "", ...more] = reasonLines(reason);
  const prefix = process.env.JOURNAL_STREAM === undefined ? "" : "<3>";
  process.stderr.write(`${[`${prefix}berth: ${message} (${reason.code})`, ...more].join("\n")}\n`);
  process.exitCode = reason.code === "usage" ? 2 : 1;
}
