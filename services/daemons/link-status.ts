import { readFile } from "node:fs/promises";
import { LinkStatus } from "../agent/link-status.ts";
import type { Reason } from "../model/reason.ts";
import { PATHS } from "./paths.ts";

/** Why the device is not linked to its fleet, as the agent wrote it down; undefined while it is, or has none. */
export async function linkProblem(): Promise<Reason | undefined> {
  try {
    return LinkStatus.parse(JSON.parse(await readFile(PATHS.linkStatus, "utf8"))).reason;
  } catch {
    // The agent has not written it yet: it says so itself once it runs.
    return undefined;
  }
}
