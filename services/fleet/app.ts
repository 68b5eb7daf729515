import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { bindContract, problemResponse } from "../api/server.ts";
import type { Presence } from "../model/device.ts";
import type { Reason } from "../model/reason.ts";
import type { Fleet } from "./fleet.ts";
import { fleetHandlers } from "./handlers.ts";

/** One device in the answer to GET /v1/devices: its presence as the fleet has it, and how it is known. */
interface FleetDevice extends Omit<Presence, "about"> {
  readonly enrolledAt: string;
  readonly lastSeen?: string;
  /** What it sent last that was refused. */
  readonly problem?: Reason;
}

/** The fleet's HTTP API: GET /v1/devices, and the contract for each device below /v1/devices/{device}. */
export function fleetApp(fleet: Fleet, options: { token: string; issuer: string }): Hono {
  const app = new Hono();
  const expected = digest(`Bearer ${options.token}`);
  app.use("/v1/*", async (context, next) => {
    const given = context.req.header("authorization");
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    const response = problemResponse({
      code: "unauthorized",
      message: "the fleet's token is missing or wrong",
      field: "authorization",
      allowed: "Bearer and the token that berth fleet init wrote",
    });
    response.headers.set("www-authenticate", "Bearer");
    return response;
  });
  app.get("/v1/devices", (context) => context.json(fleetDevices(fleet)));
  bindContract(app, fleetHandlers(fleet, options), { prefix: "/v1/devices/:device" });
  app.notFound((context) =>
    problemResponse({ code: "not-found", message: `there is nothing at ${context.req.path}`, value: context.req.path }),
  );
  return app;
}

function fleetDevices(fleet: Fleet): FleetDevice[] {
  return fleet.registry.devices().map((record) => {
    const { name, presence, lastSeen, enrolledAt, publicKey, problem } = record;
    return {
      device: name,
      online: fleet.online(record),
      at: lastSeen ?? enrolledAt,
      ...(presence?.bootId === undefined ? {} : { bootId: presence.bootId }),
      ...(presence?.version === undefined ? {} : { version: presence.version }),
      ...(publicKey === undefined ? {} : { publicKey }),
      enrolledAt,
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
