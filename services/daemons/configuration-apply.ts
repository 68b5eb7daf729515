import { applyConfiguration } from "../host/configuration/apply.ts";
import { createLog } from "../host/log.ts";
import { ReasonError } from "../model/reason.ts";

/** `berth config apply`: once a boot, before every other service. */
export async function runConfiguration(argv: readonly string[]): Promise<void> {
  if (argv.join(" ") !== "apply") {
    throw new ReasonError({
      code: "usage",
      message: "berth config knows one thing to do",
      value: argv.join(" "),
      allowed: "berth config apply",
    });
  }
  await applyConfiguration({ log: createLog("config") });
}
