import type { PublishedPort } from "../model/workload/port.ts";

/** A workload's addresses on the bridge. */
export interface Addresses {
  readonly v4: string;
  readonly v6: string;
}

/** Ports of the device, whose they are and where they lead. */
export interface Publication extends PublishedPort {
  readonly workload: string;
  /** Undefined for a workload on the device's own network, which takes what comes by itself. */
  readonly to: Addresses | undefined;
}
