import { type Agent, connectAgent } from "./agent.ts";

/** For so long nobody needs a connection before it is closed, in milliseconds: what nobody listens to cannot be flooded. */
const IDLE = 5000;

/** The connections to guests' agents: one to each guest that is spoken with, as QEMU has room for one. */
export interface Agents {
  /** Lets `act` speak with the agent whose socket is at `path`. Throws when nobody listens there. */
  use<T>(path: string, act: (agent: Agent) => Promise<T>): Promise<T>;
  /** Closes the connection, if there is one. */
  close(path: string): void;
}

interface Connection {
  readonly opening: Promise<Agent>;
  users: number;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/** Opens {@link Agents}. */
export function openAgents(connect: (path: string) => Promise<Agent> = connectAgent): Agents {
  const connections = new Map<string, Connection>();
  const forget = (path: string, connection: Connection) => {
    clearTimeout(connection.idle);
    if (connections.get(path) === connection) connections.delete(path);
  };
  const open = (path: string): Connection => {
    const known = connections.get(path);
    if (known !== undefined) return known;
    const connection: Connection = { opening: connect(path), users: 0, idle: undefined };
    connections.set(path, connection);
    connection.opening.then(
      (agent) => agent.closed.then(() => forget(path, connection)),
      () => forget(path, connection),
    );
    return connection;
  };
  const close = (path: string) => {
    const connection = connections.get(path);
    if (connection === undefined) return;
    forget(path, connection);
    connection.opening.then(
      (agent) => agent.close(),
      () => undefined,
    );
  };
  return {
    close,
    async use(path, act) {
      const connection = open(path);
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
