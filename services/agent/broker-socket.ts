import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where a broker is and how the two sides prove who they are. All PEM. */
export interface BrokerSettings {
  /** mqtts://host[:port] or mqtt://host[:port]. */
  readonly broker: string;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Opens the connection below MQTT. A broker whose certificate is not from `ca` (the system's authorities where none is
 * given) or does not name its host gets nothing from us: the socket fails before a byte of MQTT is sent.
 */
export function openBrokerSocket(settings: BrokerSettings): Socket {
  const url = new URL(settings.broker);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = url.protocol === "mqtts:";
  const port = url.port === "" ? (secure ? 8883 : 1883) : Number(url.port);
  const socket = secure
    ? connectTls({
        host,
        port,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        // A server name is a host name, never an address (RFC 6066 §3).
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
        ...(settings.certificate === undefined ? {} : { cert: settings.certificate }),
        ...(settings.key === undefined ? {} : { key: settings.key }),
      })
    : connectTcp({ host, port });
  // Small packets that wait for answers: without this, delayed acknowledgements cost 40 ms a round trip (tcp(7)).
  socket.setNoDelay(true);
  return socket;
}
