import { sleep } from "../../async/sleep.ts";
import { type Agent, connectAgent } from "./agent.ts";

/** For so long nobody needs a connection before it is closed, in milliseconds: what nobody listens to cannot be flooded. */
const IDLE = 5000;

/** For so long an agent that runs may take to say hello, in milliseconds. */
const HELLO_PATIENCE = 10_000;

/** The connections to guests' agents: one to each guest that is spoken with, as QEMU has room for one. */
export interface Agents {
  /**
   * Lets `act` speak with the agent whose socket is at `path`. Throws when nobody listens there, or says hello within
   * `patience` milliseconds.
   */
  use<T>(path: string, act: (agent: Agent) => Promise<T>, patience?: number): Promise<T>;
  /** Closes the connection, if there is one. */
  close(path: string): void;
  /** Closes it, and forgets that there was one. */
  forget(path: string): void;
}

/** So long after one connection ended there is no other, in milliseconds: the guest must notice that one did. */
const REST = 1000;

interface Connection {
  readonly opening: Promise<Agent>;
  /** Ends the wait for the agent's hello. */
  readonly givenUp: AbortController;
  users: number;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/** Opens {@link Agents}. */
export function openAgents(connect: (path: string, signal: AbortSignal) => Promise<Agent> = connectAgent): Agents {
  const connections = new Map<string, Connection>();
  const ended = new Map<string, number>();
  const forget = (path: string, connection: Connection) => {
    clearTimeout(connection.idle);
    if (connections.get(path) === connection) connections.delete(path);
  };
  const connectRested = async (path: string, signal: AbortSignal): Promise<Agent> => {
    const rest = (ended.get(path) ?? Number.NEGATIVE_INFINITY) + REST - performance.now();
    if (rest > 0) await sleep(rest, signal);
    return connect(path, signal);
  };
  const open = (path: string, patience: number): Connection => {
    const known = connections.get(path);
    if (known !== undefined) return known;
    const givenUp = new AbortController();
    const signal = AbortSignal.any([givenUp.signal, AbortSignal.timeout(patience)]);
    const connection: Connection = { opening: connectRested(path, signal), givenUp, users: 0, idle: undefined };
    connections.set(path, connection);
    connection.opening.then(
      (agent) =>
        agent.closed.then(() => {
          // One that was closed here is another's matter by now.
          if (connections.get(path) !== connection) return;
          ended.set(path, performance.now());
          forget(path, connection);
        }),
      () => forget(path, connection),
    );
    return connection;
  };
  const close = (path: string) => {
    const connection = connections.get(path);
    if (connection === undefined) return;
    ended.set(path, performance.now());
    forget(path, connection);
    connection.givenUp.abort();
    connection.opening.then(
      (agent) => agent.close(),
      () => undefined,
    );
  };
  return {
    close,
    forget(path) {
      close(path);
      ended.delete(path);
    },
    async use(path, act, patience = HELLO_PATIENCE) {
      const connection = open(path, patience);
      clearTimeout(connection.idle);
      connection.users++;
      try {
        return await act(await connection.opening);
      } finally {
        connection.users--;
        if (connection.users === 0 && connections.get(path) === connection) {
          connection.idle = setTimeout(() => close(path), IDLE);
          connection.idle.unref?.();
        }
      }
    },
  };
}
