import { createServer, type Server } from "node:http";
import { freePort } from "../../rig/port.ts";

/** A registry that turns everybody away, as a private one does with anonymous pulls. */
export class RefusingRegistry {
  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async start(): Promise<RefusingRegistry> {
    const port = await freePort();
    const server = createServer((_request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "DENIED", message: "access is denied" }] }));
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new RefusingRegistry(port, server);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
