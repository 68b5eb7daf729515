import { Hono } from "hono";
import type { ApiClient } from "../api/client.ts";
import { openApiDocument } from "../api/openapi.ts";
import { bindContract, problemResponse } from "../api/server.ts";
import { ReasonError } from "../model/reason.ts";
import { byteWayOf } from "./byte-operations.ts";
import type { Gate } from "./gate.ts";
import type { HealthProbe } from "./health-probe.ts";
import { parseManifestText } from "./manifest-text.ts";
import { relayHandlers } from "./relay.ts";
import { refuseSize } from "./request-size.ts";
import { secured } from "./security-headers.ts";
import { fileResponse, type UiFiles } from "./ui-files.ts";

/** What the LAN service is made of. */
export interface AdminParts {
  readonly gate: Gate;
  readonly supervisor: ApiClient;
  readonly health: HealthProbe;
  readonly ui: () => Promise<UiFiles>;
  /** Hears of mistakes of the service's own. */
  readonly onFault: (error: Error) => void;
  /** What the page shows of the service itself. */
  readonly about: { readonly hostname: string; readonly fingerprint: string };
}

/** The version of the API, not of Berth: who has no token learns nothing of the device. */
const API_VERSION = "1";

/** Makes the function that answers a request from an address. It never throws. */
export function createAdmin(parts: AdminParts): (request: Request, address: string) => Promise<Response> {
  const app = createRoutes(parts);
  return async (request, address) => secured(await answer(request, address));

  async function answer(request: Request, address: string): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/v1/") || pathname.startsWith("/ui/")) {
      const refusal = parts.gate.refuse(request.headers.get("authorization"), address);
      if (refusal !== undefined) return refusal;
    }
    const tooLarge = byteWayOf(request.method, pathname) === "in" ? undefined : refuseSize(request);
    return tooLarge ?? app.fetch(request);
  }
}

function createRoutes({ supervisor, health, ui, about, onFault }: AdminParts): Hono {
  const app = new Hono();
  bindContract(app, relayHandlers(supervisor));
  app.get("/healthz", async () => {
    const healthy = await health.healthy();
    return Response.json({ status: healthy ? "ok" : "unavailable" }, { status: healthy ? 200 : 503 });
  });
  app.get("/openapi.json", () => Response.json(openApiDocument({ title: "Berth", version: API_VERSION })));
  app.get("/ui/about", () => Response.json(about));
  app.post("/ui/manifests", async ({ req }) => Response.json(parseManifestText(await req.text())));
  app.notFound(async ({ req }) => {
    const { pathname } = new URL(req.url);
    const file = req.method === "GET" || req.method === "HEAD" ? (await ui()).get(pathname) : undefined;
    if (file !== undefined) return fileResponse(file, req.raw);
    const message = `there is nothing at ${req.method} ${pathname}`;
    return problemResponse({ code: "not-found", message, allowed: "what /openapi.json lists" });
  });
  app.onError((error) => {
    if (error instanceof ReasonError) return problemResponse(error.reason);
    onFault(error);
    return problemResponse({
      code: "internal-error",
      message: "something went wrong here; the device's log tells what",
    });
  });
  return app;
}
