import { z } from "zod";
import { WorkloadName } from "../names.ts";

const Requirement = z.enum(["started", "healthy", "succeeded"]);

/** Another workload that this one starts after: its name, or its name and how far it must be. */
export const Dependency = z.union([
  WorkloadName,
  z.strictObject({
    workload: WorkloadName.describe("The other workload's name"),
    requires: Requirement.default("started").describe(
      "started: its process runs; healthy: its health check succeeds; succeeded: its process has ended with 0",
    ),
  }),
]);
export type Dependency = z.infer<typeof Dependency>;

/** A dependency with how far the other workload must be. */
export function dependencyOf(dependency: Dependency): Exclude<Dependency, string> {
  return typeof dependency === "string" ? { workload: dependency, requires: "started" } : dependency;
}
