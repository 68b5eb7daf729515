import type { Claims } from "./claims.ts";
import type { DiskSpace } from "./disk-space.ts";
import type { ImageRecords } from "./image-record.ts";
import type { LayerStore } from "./layer-store.ts";
import type { Layout } from "./layout.ts";
import type { PendingPulls } from "./pending-pull.ts";
import type { Architecture } from "./platform.ts";
import type { Semaphore } from "./semaphore.ts";

/** What pulling, importing and collecting share. */
export interface StoreContext {
  readonly layout: Layout;
  readonly architecture: Architecture;
  readonly records: ImageRecords;
  readonly pending: PendingPulls;
  readonly layers: LayerStore;
  readonly claims: Claims;
  readonly space: DiskSpace;
  /** How many layers are converted at once. */
  readonly conversions: number;
  /** What any image may unpack to. */
  readonly unpackedBytes: number;
  /** Held while it is decided what stays: by a claim being made or turned into a record, and by a collection. */
  readonly housekeeping: Semaphore;
}
