import { z } from "zod";
import { Action } from "../model/action.ts";
import { Configuration } from "../model/configuration.ts";
import { Device, Presence } from "../model/device.ts";
import { Event } from "../model/event.ts";
import { Image } from "../model/image.ts";
import { Order, OrderRequest } from "../model/order.ts";
import { Progress, Receipt } from "../model/receipt.ts";
import { State, WorkloadStatus } from "../model/state.ts";
import { Workload } from "../model/workload.ts";

/** The schemas people and programs outside write or read, by the name `berth schema` gives them. */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  workload: Workload,
  configuration: Configuration,
  order: Order,
  "order-request": OrderRequest,
  action: Action,
  receipt: Receipt,
  progress: Progress,
  event: Event,
  device: Device,
  presence: Presence,
  state: State,
  "workload-status": WorkloadStatus,
  image: Image,
};

/** A schema as JSON Schema 2020-12 of what is written: fields with defaults may be left out. */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
