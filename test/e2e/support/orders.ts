import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerConnection } from "../../../services/agent/broker-connection.ts";
import { topicOf } from "../../../services/agent/topics.ts";
import { parseYaml } from "../../../services/host/yaml.ts";
import { Configuration } from "../../../services/model/configuration.ts";
import type { Order, SignedOrder } from "../../../services/model/order.ts";
import {
  generateSigningKey,
  importSigningKey,
  type SigningIdentity,
  signJws,
} from "../../../services/model/signature.ts";
import type { ActionInput, Device } from "./device.ts";

/** The key id of {@link TestIssuer}. */
const KEY_ID = "e2e";

/**
 * An issuer whose key the device trusts beside its fleet's: sequences count for each key, so that what it signs does not
 * disturb the fleet's.
 */
export class TestIssuer {
  #sequence = 0;

  private constructor(
    readonly identity: SigningIdentity,
    readonly keyId = KEY_ID,
  ) {}

  static async make(): Promise<TestIssuer> {
    const { privateKey } = await generateSigningKey();
    return new TestIssuer(await importSigningKey(privateKey));
  }

  /** The device's configuration with this issuer's key added. */
  trustedBy(yaml: string): string {
    return editConfiguration(yaml, (configuration) => {
      configuration.fleet?.signingKeys.push({ id: KEY_ID, publicKey: this.identity.publicKey });
    });
  }

  /** An order for the device, in sequence and good for an hour unless `more` says otherwise. */
  order(
    device: Device,
    action: ActionInput,
    more: Partial<Order> = {},
  ): Omit<Order, "action"> & { action: ActionInput } {
    const now = Date.now();
    this.#sequence += 1;
    return {
      id: crypto.randomUUID(),
      device: device.appliance.device,
      sequence: this.#sequence,
      issuer: "e2e",
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 3_600_000).toISOString(),
      action,
      ...more,
    };
  }

  sign(order: object, keyId = KEY_ID): Promise<SignedOrder> {
    return signJws(order, { identity: this.identity, keyId, type: "berth-order" });
  }
}

/** Changes a `berth.yaml`. JSON is YAML, too. */
export function editConfiguration(yaml: string, edit: (configuration: Configuration) => void): string {
  const read = parseYaml(yaml);
  if (!read.ok) throw new Error(read.reason.message);
  const configuration = Configuration.parse(read.value);
  edit(configuration);
  return JSON.stringify(configuration, undefined, 2);
}

/** Publishes messages on the device's orders topic, each as often as it is given, with the fleet's own certificate. */
export async function publishOrders({ appliance }: Device, messages: readonly unknown[]): Promise<void> {
  const { directory, broker } = appliance.fleet;
  const file = (name: string) => readFileSync(join(directory, name), "utf8");
  const connection = new BrokerConnection(
    {
      broker: `mqtts://127.0.0.1:${broker.port}`,
      ca: file("ca.crt"),
      certificate: file("fleet.crt"),
      key: file("fleet.key"),
      clientId: "e2e-publisher",
      sessionExpirySeconds: 0,
      receiveMaximum: 16,
      subscriptions: [],
    },
    async () => {},
  );
  await connection.open();
  for (const message of messages) {
    const payload = typeof message === "string" ? message : JSON.stringify(message);
    await connection.publish({ topic: topicOf(appliance.device, "orders"), payload, qos: 1 });
  }
  await connection.close(2_000);
}
