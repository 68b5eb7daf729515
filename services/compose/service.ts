import type { WorkloadInput } from "../model/workload.ts";
import type { Project } from "./project.ts";

/** A manifest while it is put together. */
export type Draft = Partial<WorkloadInput>;

/** A service of a compose file, as the converters of its keys see it. */
export interface Service {
  /** As the file names it. */
  readonly name: string;
  /** All it says, by key. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly project: Project;
  /** Notes what `field`, a whole path such as `services.web.build`, says that no manifest does. */
  leaveOut(field: string, why: string): void;
}

/** Puts what one key of a service says into the draft. `field` is the key's whole path. Throws `invalid-compose`. */
export type KeyConverter = (value: unknown, draft: Draft, service: Service, field: string) => void;
