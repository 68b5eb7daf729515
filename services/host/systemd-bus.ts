import { EventEmitter } from "node:events";
import { DBusError, Message, type MessageBus, MessageType, systemBus, type Variant } from "@jellybrick/dbus-next";
import { ReasonError } from "../model/reason.ts";

/** A signal on the bus. */
export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** A connection to the system bus, for calls to systemd. */
export interface SystemdBus {
  /** Calls a method and gives the reply's body. Throws {@link BusCallError} with systemd's answer. */
  call(path: string, iface: string, member: string, signature?: string, body?: unknown[]): Promise<readonly unknown[]>;
  /** Ends the connection. */
  close(): void;
}

/** systemd (or the bus) refused a call; `name` is the D-Bus error's. */
export class BusCallError extends Error {
  readonly errorName: string;
  constructor(error: DBusError) {
    super(error.text || error.type, { cause: error });
    this.name = "BusCallError";
    this.errorName = error.type;
  }
}

/** Longer than systemd takes for a reply; jobs are waited for elsewhere. */
const CALL_TIMEOUT = 30_000;
const MATCHES = [
  "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'",
  "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='UnitRemoved'",
  "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.DBus.Properties'," +
    "member='PropertiesChanged',path_namespace='/org/freedesktop/systemd1/unit',arg0='org.freedesktop.systemd1.Unit'",
];

/**
 * Connects to the system bus and subscribes to systemd's signals (org.freedesktop.systemd1(5), Subscribe).
 *
 * @param on.signal called with every signal subscribed to
 * @param on.end called once when the connection is lost, not after `close`
 */
export async function connectSystemdBus(on: {
  signal(signal: BusSignal): void;
  end(cause: unknown): void;
}): Promise<SystemdBus> {
  const bus = systemBus();
  let closed = false;
  let fail: (cause: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const end = (cause: unknown) => {
    if (closed) return;
    closed = true;
    const error = new ReasonError(
      { code: "systemd-unreachable", message: "the connection to systemd was lost" },
      { cause, transient: true },
    );
    fail(error);
    on.end(error);
  };
  bus.on("error", end);
  whenStreamEnds(bus, () => end(undefined));
  bus.on("message", (message: Message) => {
    if (message.type === MessageType.SIGNAL) on.signal(message);
  });

  const call = async (
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature = "",
    body: unknown[] = [],
  ) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new ReasonError(
              { code: "systemd-unreachable", message: `systemd did not answer ${member} in time` },
              { transient: true },
            ),
          ),
        CALL_TIMEOUT,
      );
    });
    try {
      const message = new Message({ destination, path, interface: iface, member, signature, body });
      const reply = await Promise.race([bus.call(message), failed, late]);
      return reply?.body ?? [];
    } catch (error) {
      throw error instanceof DBusError ? new BusCallError(error) : error;
    } finally {
      clearTimeout(timer);
    }
  };

  try {
    for (const match of MATCHES) {
      await call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", [match]);
    }
    await call(
      "org.freedesktop.systemd1",
      "/org/freedesktop/systemd1",
      "org.freedesktop.systemd1.Manager",
      "Subscribe",
    );
  } catch (error) {
    closed = true;
    bus.disconnect();
    throw error;
  }
  return {
    call: (path, iface, member, signature, body) =>
      call("org.freedesktop.systemd1", path, iface, member, signature, body),
    close() {
      closed = true;
      bus.disconnect();
    },
  };
}

/** The library tells nobody when its socket ends; its connection object does. */
function whenStreamEnds(bus: MessageBus, listener: () => void): void {
  const connection: unknown = Reflect.get(bus, "_connection");
  if (connection instanceof EventEmitter) connection.on("end", listener);
}

/** The value inside a variant, as `Properties.Get` replies. */
export function variantValue(value: unknown): unknown {
  return isVariant(value) ? value.value : value;
}

function isVariant(value: unknown): value is Variant {
  return typeof value === "object" && value !== null && "signature" in value && "value" in value;
}
