import { z } from "zod";
import { Device } from "./device.ts";
import { Event } from "./event.ts";
import { Image, ImageDetail, PrunedImages, StoredImage } from "./image.ts";
import { LogLine } from "./log-line.ts";
import { AnyVolumeName, WorkloadName } from "./names.ts";
import { OrderRequest, SignedOrder } from "./order.ts";
import { Progress, Receipt, SignedReceipt } from "./receipt.ts";
import { State, WorkloadStatus } from "./state.ts";
import { Stats } from "./stats.ts";
import { Volume } from "./volume.ts";

/** One operation of the API. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** With `{parameters}` in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  readonly parameters?: Readonly<Record<string, z.ZodType>>;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  /** A JSON body's schema, or `octets` for a stream of bytes. */
  readonly body?: z.ZodType | "octets";
  readonly status: 200 | 202;
  /** A JSON answer's schema, or `octets` for a stream of bytes. */
  readonly response?: z.ZodType | "octets";
  /** A stream of server-sent events: the schema of each event's data by the event's name. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
}

const workload = { name: WorkloadName };
const order = { id: z.string() };
const image = { reference: z.string().describe("The image's name") };
const volume = { name: AnyVolumeName };
const follow = z.stringbool().default(false).describe("true or false: stay and send what comes");
const after = z.coerce.number().int().min(0).default(0).describe("Only those with a greater number");
const limit = z.coerce.number().int().min(1).max(1000).default(100);

/**
 * The one API: the supervisor serves it on its unix sockets, the admin service on the LAN, and the fleet for each of
 * its devices below /v1/devices/{device}. Server, client and OpenAPI page are all made from this table.
 */
export const contract = {
  getDevice: { method: "get", path: "/v1/device", summary: "What the device is", status: 200, response: Device },
  getState: { method: "get", path: "/v1/state", summary: "Reported state", status: 200, response: State },
  followState: {
    method: "get",
    path: "/v1/state/stream",
    summary: "Reported state now and at each change, and the progress of running orders",
    status: 200,
    events: { state: State, progress: Progress },
  },
  getWorkload: {
    method: "get",
    path: "/v1/workloads/{name}",
    summary: "One workload",
    parameters: workload,
    status: 200,
    response: WorkloadStatus,
  },
  followLogs: {
    method: "get",
    path: "/v1/workloads/{name}/logs",
    summary: "What a workload wrote",
    parameters: workload,
    query: {
      tail: z.coerce.number().int().min(0).max(10_000).default(100).describe("How many of its last lines"),
      since: z.iso.datetime({ offset: true }).optional().describe("Of these, only those from this time on"),
      follow,
    },
    status: 200,
    events: { line: LogLine },
  },
  followStats: {
    method: "get",
    path: "/v1/stats",
    summary: "What the workloads use, beside what they may use",
    query: {
      follow,
      interval: z.coerce.number().int().min(1).max(3600).default(2).describe("Seconds between two samples"),
    },
    status: 200,
    events: { stats: Stats },
  },
  giveOrder: {
    method: "post",
    path: "/v1/orders",
    summary: "Give an order, as the holder of the device's token",
    body: OrderRequest,
    status: 202,
    response: Receipt,
  },
  giveSignedOrder: {
    method: "post",
    path: "/v1/orders/signed",
    summary: "Hand over an order its issuer signed",
    body: SignedOrder,
    status: 202,
    response: Receipt,
  },
  listOrders: {
    method: "get",
    path: "/v1/orders",
    summary: "The newest receipt of each order, newest order first",
    query: { limit },
    status: 200,
    response: z.array(Receipt),
  },
  getOrder: {
    method: "get",
    path: "/v1/orders/{id}",
    summary: "The newest receipt of an order",
    parameters: order,
    status: 200,
    response: Receipt,
  },
  cancelOrder: {
    method: "delete",
    path: "/v1/orders/{id}",
    summary: "Cancel an order that has not ended",
    parameters: order,
    status: 200,
    response: Receipt,
  },
  followReceipts: {
    method: "get",
    path: "/v1/receipts",
    summary: "Receipts after a sequence number, then as they come",
    query: { after, follow },
    status: 200,
    events: { receipt: Receipt },
  },
  followSignedReceipts: {
    method: "get",
    path: "/v1/receipts/signed",
    summary: "The same receipts, each signed by the device; an event's id is the receipt's sequence",
    query: { after, follow },
    status: 200,
    events: { receipt: SignedReceipt },
  },
  followEvents: {
    method: "get",
    path: "/v1/events",
    summary: "Events after a number (the newest `limit` of them), then as they come",
    query: { after, limit, follow },
    status: 200,
    events: { event: Event },
  },
  listImages: {
    method: "get",
    path: "/v1/images",
    summary: "Images on the device",
    status: 200,
    response: z.array(StoredImage),
  },
  inspectImage: {
    method: "get",
    path: "/v1/images/inspect",
    summary: "One image in full",
    query: image,
    status: 200,
    response: ImageDetail,
  },
  exportImage: {
    method: "get",
    path: "/v1/images/export",
    summary: "An image as a tar archive of an OCI layout, layers uncompressed; broken off when a layer is damaged",
    query: image,
    status: 200,
    response: "octets",
  },
  removeImage: {
    method: "delete",
    path: "/v1/images",
    summary: "Delete an image that no workload names",
    query: image,
    status: 200,
    response: PrunedImages,
  },
  pruneImages: {
    method: "post",
    path: "/v1/images/prune",
    summary: "Delete every image that no workload names",
    query: { dryRun: z.stringbool().default(false).describe("true or false: only tell what would be deleted") },
    status: 200,
    response: PrunedImages,
  },
  importImages: {
    method: "post",
    path: "/v1/images/import",
    summary: "Import an OCI layout or docker save archive (a tar)",
    query: { reference: z.string().optional().describe("Name for an image the archive does not name") },
    body: "octets",
    status: 200,
    response: z.array(Image),
  },
  listVolumes: {
    method: "get",
    path: "/v1/volumes",
    summary: "Named volumes on the device",
    query: { sizes: z.stringbool().default(true).describe("true or false: tell their sizes, which takes a while") },
    status: 200,
    response: z.array(Volume),
  },
  getVolume: {
    method: "get",
    path: "/v1/volumes/{name}",
    summary: "One volume",
    parameters: volume,
    status: 200,
    response: Volume,
  },
  backupVolume: {
    method: "get",
    path: "/v1/volumes/{name}/content",
    summary: "A volume's content as a tar archive, read while its workloads go on",
    parameters: volume,
    status: 200,
    response: "octets",
  },
  restoreVolume: {
    method: "put",
    path: "/v1/volumes/{name}/content",
    summary: "Replace a volume's content by a tar archive's, or make the volume; no workload may have it mounted",
    parameters: volume,
    body: "octets",
    status: 200,
    response: Volume,
  },
  removeVolume: {
    method: "delete",
    path: "/v1/volumes/{name}",
    summary: "Delete a volume that no workload names",
    parameters: volume,
    status: 200,
    response: Volume,
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof contract;
