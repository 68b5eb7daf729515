import { chmodSync, chownSync, rmSync } from "node:fs";

/** A unix socket that one service's group may connect to. */
export interface ServiceSocket {
  /** Its folder must be writable by root only: otherwise its user could put something else in the socket's place. */
  readonly path: string;
  /** The group that may connect, or undefined for root alone. */
  readonly group: number | undefined;
}

/**
 * A peer that is gone closes its end; one that is silent, or waits long for its answer, is all right. Bun takes this for a
 * unix socket as well (else it is 10 s), which its types do not say.
 */
const PATIENT: object = { idleTimeout: 0 };
/** Archives have no bound worth setting (Bun's own is 128 MiB); other bodies have one where they are read. */
const MOST_REQUEST_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Serves HTTP on a unix socket. A socket that a killed process left is replaced. Nobody but root can connect until the
 * group has been set.
 */
export function serveSocket(
  socket: ServiceSocket,
  handle: (request: Request) => Response | Promise<Response>,
): { stop(): Promise<void> } {
  rmSync(socket.path, { force: true });
  const mask = process.umask(0o177);
  try {
    const server = Bun.serve({ unix: socket.path, fetch: handle, maxRequestBodySize: MOST_REQUEST_BYTES, ...PATIENT });
    if (socket.group !== undefined) {
      chownSync(socket.path, 0, socket.group);
      chmodSync(socket.path, 0o660);
    }
    return { stop: () => server.stop(true) };
  } finally {
    process.umask(mask);
  }
}
