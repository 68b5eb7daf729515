import { filterOf, groupOrdersTopicOf, logsTopicOf, topicOf } from "../agent/topics.ts";

/** The user name, from its certificate's common name, under which the fleet connects. No device may have it. */
export const FLEET_USER = "fleet";

/**
 * What each client may do, for mosquitto's `acl_file`: a device publishes below its own name and reads its own orders;
 * the fleet reads everything and gives orders. Source: mosquitto.conf(5).
 */
export function brokerAcl(): string {
  const own = "%u";
  const written = ["receipts", "state", "presence", "telemetry", "events"] as const;
  return `${[
    "# Every client, by its certificate's common name.",
    ...written.map((branch) => `pattern write ${topicOf(own, branch)}`),
    `pattern write ${logsTopicOf(own, "+")}`,
    `pattern read ${topicOf(own, "orders")}`,
    "",
    `user ${FLEET_USER}`,
    ...written.map((branch) => `topic read ${filterOf(branch)}`),
    `topic read ${filterOf("logs")}`,
    `topic write ${filterOf("orders")}`,
    `topic write ${groupOrdersTopicOf("+")}`,
  ].join("\n")}\n`;
}

/** Files the broker reads, by absolute path. */
export interface BrokerPaths {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly acl: string;
}

/**
 * A configuration for mosquitto 2 that lets in nobody without a certificate from our authority.
 *
 * Nothing is written to disk: devices and fleet both keep what the other has not confirmed and say it again to a broker
 * that forgot, so a broker that starts empty loses nothing.
 */
export function brokerConfiguration(options: {
  readonly port: number;
  /** The address to listen on; every one where left out. */
  readonly address?: string;
  readonly paths: BrokerPaths;
  /** The user it becomes when started as root; the files must be readable for it. */
  readonly user?: string;
}): string {
  const { port, address, paths, user } = options;
  return `${[
    `listener ${port}${address === undefined ? "" : ` ${address}`}`,
    `cafile ${paths.ca}`,
    `certfile ${paths.certificate}`,
    `keyfile ${paths.key}`,
    "tls_version tlsv1.2",
    "require_certificate true",
    "allow_anonymous false",
    "# Who a client is comes from its certificate, and its session belongs to that name alone.",
    "use_identity_as_username true",
    "use_username_as_clientid true",
    `acl_file ${paths.acl}`,
    "# Without it a round trip takes 40 ms longer.",
    "set_tcp_nodelay true",
    "max_queued_messages 100000",
    "max_queued_bytes 268435456",
    "max_packet_size 2000000",
    "persistence false",
    ...(user === undefined ? [] : [`user ${user}`]),
    "log_dest stderr",
  ].join("\n")}\n`;
}
