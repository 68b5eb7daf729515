import { dlopen, ptr } from "bun:ffi";
import type { Notifier } from "../supervisor/ports.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const MSG_NOSIGNAL = 0x4000;
/** Bytes of sun_path in struct sockaddr_un (unix(7)). */
const PATH_SIZE = 108;

/**
 * Tells the service manager how the service is, by datagrams to $NOTIFY_SOCKET, which is then taken out of
 * `environment` so that no child speaks for the service. Does nothing where the variable is not set.
 * A message that cannot be sent goes to `onError`. Source: sd_notify(3).
 */
export function createNotifier(
  options: { environment?: Record<string, string | undefined>; onError?: (error: Error) => void } = {},
): Notifier {
  const { environment = process.env, onError = () => undefined } = options;
  const socket = environment.NOTIFY_SOCKET;
  delete environment.NOTIFY_SOCKET;
  let send: (state: string) => void = () => undefined;
  if (socket !== undefined && socket !== "") {
    try {
      send = createSender(socket);
    } catch (cause) {
      onError(new Error(`cannot tell the service manager anything at ${socket}`, { cause }));
    }
  }
  const tell = (...assignments: string[]) => {
    try {
      send(assignments.join("\n"));
    } catch (cause) {
      onError(new Error(`the service manager was not told ${assignments[0]}`, { cause }));
    }
  };
  return {
    ready: (status) => tell("READY=1", statusLine(status)),
    status: (text) => tell(statusLine(text)),
    keepAlive: () => tell("WATCHDOG=1"),
    stopping: () => tell("STOPPING=1"),
  };
}

function statusLine(text: string): string {
  return `STATUS=${text.replaceAll(/[\r\n]+/g, " ")}`;
}

/**
 * The struct sockaddr_un of a socket in the file system (`/run/…`) or in the abstract namespace (`@…`), as long as the
 * kernel is to read it. Source: unix(7).
 */
export function unixAddress(socket: string): Uint8Array {
  const abstract = socket.startsWith("@");
  if (!abstract && !socket.startsWith("/")) throw new RangeError(`${socket} is neither a path nor an abstract socket`);
  const name = new TextEncoder().encode(abstract ? `\0${socket.slice(1)}` : `${socket}\0`);
  if (name.length > PATH_SIZE) throw new RangeError(`${socket} is longer than a socket's name may be`);
  const address = new Uint8Array(2 + name.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

function createSender(socket: string): (state: string) => void {
  const address = unixAddress(socket);
  const { symbols } = dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
  return (state) => {
    const bytes = new TextEncoder().encode(state);
    const descriptor = symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw new Error("socket(2) failed");
    try {
      const sent = symbols.sendto(descriptor, ptr(bytes), bytes.length, MSG_NOSIGNAL, ptr(address), address.length);
      if (Number(sent) !== bytes.length) throw new Error(`sendto(2) to ${socket} failed`);
    } finally {
      symbols.close(descriptor);
    }
  };
}
