import type { z } from "zod";
import { MESSAGES } from "../../services/agent/messages.ts";
import { type Branch, groupOrdersTopicOf, logsTopicOf, topicOf } from "../../services/agent/topics.ts";
import { Components } from "../../services/api/components.ts";
import { Presence } from "../../services/model/device.ts";
import { Event } from "../../services/model/event.ts";
import { LogBatch } from "../../services/model/log-batch.ts";
import { Order, SignedOrder } from "../../services/model/order.ts";
import { Receipt, SignedReceipt } from "../../services/model/receipt.ts";
import { State } from "../../services/model/state.ts";
import { Telemetry } from "../../services/model/telemetry.ts";

type MessageName = keyof typeof MESSAGES;

interface Words {
  readonly summary: string;
  readonly schema: z.ZodType;
  /** What the schema's text holds, where it holds one. */
  readonly signed?: z.ZodType;
}

/** What each kind of message says. */
export const WORDS: Readonly<Record<MessageName, Words>> = {
  order: {
    summary:
      "An order, signed: a JWS whose header's typ is berth-order. Its correlation data is the order's id, its message expiry what is left of the order's term.",
    schema: SignedOrder,
    signed: Order,
  },
  receipt: {
    summary:
      "A change of an order's status, signed by the device: a JWS whose header's typ is berth-receipt and kid the device's name. Published again until the broker had somebody to hand it to.",
    schema: SignedReceipt,
    signed: Receipt,
  },
  state: { summary: "The reported state: at each connection, and whenever it changes", schema: State },
  presence: {
    summary: "Whether the device is connected. The will, and the last words before leaving, say that it is not.",
    schema: Presence,
  },
  progress: {
    summary: "How far a running order has come, at most five times a second in all; what is lost is not missed",
    schema: telemetry("progress"),
  },
  problem: {
    summary: "A message on the orders topic that could not be taken as an order",
    schema: telemetry("problem"),
  },
  dropped: {
    summary: "At each connection, if the outbox ever had to let something go: how much",
    schema: telemetry("dropped"),
  },
  stats: {
    summary: "What the workloads use, for as long as an order of kind stats asked for it; what is lost is not missed",
    schema: telemetry("stats"),
  },
  answer: { summary: "The answer to an order of kind query, 1 MiB at most", schema: telemetry("answer") },
  event: { summary: "One thing that happened; published again like a receipt, and not signed", schema: Event },
  logs: { summary: "Lines of a workload, for as long as an order of kind logs asked for them", schema: LogBatch },
};

/** What stands in a message of telemetry of one kind. */
function telemetry(kind: Telemetry["kind"]): z.ZodType {
  const schema = Telemetry.options.find((option) => option.shape.kind.value === kind);
  if (schema === undefined) throw new TypeError(`there is no telemetry of kind ${kind}`);
  return schema;
}

/** The kinds of messages, in the table's order. */
export const MESSAGE_NAMES: readonly MessageName[] = Object.keys(MESSAGES).filter(
  (name): name is MessageName => name in MESSAGES,
);

/** The address of a branch, with its parameters in braces. */
export function addressOf(branch: Branch): string {
  return branch === "logs" ? logsTopicOf("{device}", "{workload}") : topicOf("{device}", branch);
}

/** The MQTT protocol as an AsyncAPI 3.0 document. Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(version: string): object {
  const schemas = new Components();
  const messages = Object.fromEntries(MESSAGE_NAMES.map((name) => [name, describeMessage(name, schemas)]));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Berth: a device and its fleet",
      version,
      description:
        "MQTT 5. Operations are the device's: it receives orders and sends all else. Group orders have a topic, and no device subscribes to it yet.",
    },
    defaultContentType: "application/json",
    channels: channels(),
    operations: Object.fromEntries(MESSAGE_NAMES.map((name) => [`${verbOf(name)}-${name}`, describeOperation(name)])),
    components: { messages, schemas: schemas.all() },
  };
}

function channels(): object {
  const branches = [...new Set(MESSAGE_NAMES.map((name) => MESSAGES[name].branch))];
  const all = branches.map((branch) => {
    const names = MESSAGE_NAMES.filter((name) => MESSAGES[name].branch === branch);
    return [
      branch,
      {
        address: addressOf(branch),
        parameters: {
          device: { description: "The device's name" },
          ...(branch === "logs" ? { workload: { description: "The workload's name" } } : {}),
        },
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
      },
    ];
  });
  const group = {
    address: groupOrdersTopicOf("{group}"),
    description: "Kept for orders to every device of a group; nothing is published or read there yet.",
    parameters: { group: { description: "The group's name" } },
  };
  return Object.fromEntries([...all, ["groupOrders", group]]);
}

function verbOf(name: MessageName): "send" | "receive" {
  return MESSAGES[name].from === "device" ? "send" : "receive";
}

function describeOperation(name: MessageName): object {
  const { branch, qos, retain } = MESSAGES[name];
  const expiry = expiryOf(name);
  return {
    action: verbOf(name),
    channel: { $ref: `#/channels/${branch}` },
    messages: [{ $ref: `#/channels/${branch}/messages/${name}` }],
    bindings: { mqtt: { qos, retain, ...(expiry === undefined ? {} : { messageExpiryInterval: expiry }) } },
  };
}

/** After how many seconds the broker forgets a message nobody took; undefined when it keeps it, or the order says when. */
export function expiryOf(name: MessageName): number | undefined {
  const travel = MESSAGES[name];
  return "expirySeconds" in travel ? travel.expirySeconds : undefined;
}

function describeMessage(name: MessageName, schemas: Components): object {
  const { summary, schema, signed } = WORDS[name];
  const side = MESSAGES[name].from === "device" ? "output" : "input";
  return {
    summary,
    payload: schemas.of(schema, side),
    ...(signed === undefined ? {} : { "x-signed-content": schemas.of(signed, side) }),
  };
}
