import type { z } from "zod";
import type { IncomingMessage } from "../agent/broker-connection.ts";
import { parseTopic } from "../agent/topics.ts";
import type { Log } from "../host/log.ts";
import { Presence } from "../model/device.ts";
import { Event } from "../model/event.ts";
import { LogBatch } from "../model/log-batch.ts";
import { parse } from "../model/parse.ts";
import type { Reason } from "../model/reason.ts";
import { Receipt, SignedReceipt } from "../model/receipt.ts";
import { failure, type Result } from "../model/result.ts";
import { verifyJws } from "../model/signature.ts";
import { State } from "../model/state.ts";
import { Telemetry } from "../model/telemetry.ts";
import type { Clock } from "../supervisor/ports.ts";
import type { Hub } from "./hub.ts";
import type { Registry } from "./registry.ts";
import type { DeviceRecord } from "./registry-rows.ts";

/** Where messages from devices go. */
export interface IncomingOptions {
  readonly registry: Registry;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  /** A device has just connected. */
  onOnline(device: string): void;
}

/**
 * Takes a message from a device into the registry. What is wrong with one is written down as the device's problem, and
 * the message is gone; it throws only when the registry cannot be written, and the broker then brings it again.
 */
export async function takeMessage(message: IncomingMessage, options: IncomingOptions): Promise<void> {
  const topic = parseTopic(message.topic);
  if (topic === undefined) return;
  const device = options.registry.device(topic.device);
  if (device === undefined) {
    options.log.warning("a message from a device that is not enrolled", { topic: message.topic });
    return;
  }
  const refusal = await take(message, topic.branch, device, options);
  if (refusal === undefined) return;
  options.registry.setProblem(device.name, refusal);
  options.log.warning("a message was refused", { topic: message.topic, code: refusal.code, reason: refusal.message });
}

async function take(
  message: IncomingMessage,
  branch: NonNullable<ReturnType<typeof parseTopic>>["branch"],
  device: DeviceRecord,
  options: IncomingOptions,
): Promise<Reason | undefined> {
  const { registry, hub } = options;
  const feeds = hub.of(device.name);
  switch (branch) {
    case "presence":
      return using(read(Presence, message), (presence) => takePresence(presence, message.retained, device, options));
    case "receipts": {
      const signed = read(SignedReceipt, message);
      if (!signed.ok) return signed.reason;
      return using(await verify(signed.value, device), (receipt) => {
        if (receipt.device !== device.name) return wrongDevice(receipt.device, device.name);
        if (registry.addReceipt(device.name, receipt)) feeds.receipts.notify();
        return undefined;
      });
    }
    case "events":
      return using(read(Event, message), (event) => {
        if (registry.addEvent(device.name, event)) feeds.events.notify();
        return undefined;
      });
    case "state":
      return using(read(State, message), (state) => {
        if (state.device !== device.name) return wrongDevice(state.device, device.name);
        registry.setState(device.name, state);
        feeds.state.notify();
        return undefined;
      });
    case "telemetry":
      return using(read(Telemetry, message), (telemetry) => takeTelemetry(telemetry, device, options));
    case "logs":
      return using(read(LogBatch, message), (batch) => {
        hub.say(device.name, { kind: "logs", batch });
        return undefined;
      });
    case "orders":
      return undefined;
  }
}

function takePresence(
  presence: Presence,
  retained: boolean,
  device: DeviceRecord,
  options: IncomingOptions,
): Reason | undefined {
  const { registry, hub, clock, onOnline } = options;
  if (presence.device !== device.name) return wrongDevice(presence.device, device.name);
  const { publicKey } = presence;
  if (device.publicKey === undefined && publicKey !== undefined) registry.pin(device.name, publicKey);
  // A retained message tells of some time ago, and the will of the time it was written: that it came tells of now.
  const seen = retained ? presence.at : clock.now().toISOString();
  registry.setPresence(device.name, presence, seen);
  hub.of(device.name).presence.notify();
  if (presence.online && !retained) onOnline(device.name);
  if (device.publicKey === undefined || publicKey === undefined || publicKey === device.publicKey) return undefined;
  return {
    code: "device-key-changed",
    message: `${device.name} shows another key than the one it was known by: its receipts are refused until it is enrolled anew`,
    field: "publicKey",
    value: publicKey,
    allowed: device.publicKey,
  };
}

function takeTelemetry(telemetry: Telemetry, device: DeviceRecord, options: IncomingOptions): Reason | undefined {
  switch (telemetry.kind) {
    case "progress":
      options.hub.say(device.name, { kind: "progress", progress: telemetry.progress });
      return undefined;
    case "stats": {
      const { order, stats } = telemetry;
      if (stats.device !== device.name) return wrongDevice(stats.device, device.name);
      options.hub.say(device.name, { kind: "stats", order, stats });
      return undefined;
    }
    case "answer":
      options.hub.say(device.name, telemetry);
      return undefined;
    case "problem":
      return telemetry.reason;
    case "dropped":
      return {
        code: "outbox-overflow",
        message: `${device.name} let go ${telemetry.events} events and ${telemetry.receipts} receipts: its outbox was full`,
      };
  }
}

async function verify(signed: SignedReceipt, device: DeviceRecord): Promise<Result<Receipt>> {
  if (device.publicKey === undefined) {
    return failure({ code: "device-key-unknown", message: `${device.name} has not shown its key yet` });
  }
  const verdict = await verifyJws(signed, {
    keys: new Map([[device.name, device.publicKey]]),
    type: "berth-receipt",
  });
  if (!verdict.ok) {
    const { code, message } = verdict.reason;
    return failure({
      code: "receipt-signature-invalid",
      message: `a receipt is not signed with the key of ${device.name}: ${message} (${code})`,
    });
  }
  return parse(Receipt, verdict.value.payload);
}

function read<S extends z.ZodType>(schema: S, message: IncomingMessage): Result<z.output<S>> {
  try {
    return parse(schema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(message.payload)));
  } catch {
    return failure({ code: "invalid-json", message: `a message on ${message.topic} is not JSON` });
  }
}

function using<T>(result: Result<T>, work: (value: T) => Reason | undefined): Reason | undefined {
  return result.ok ? work(result.value) : result.reason;
}

function wrongDevice(value: string, allowed: string): Reason {
  return {
    code: "wrong-device",
    message: `a message on the topic of ${allowed} speaks for ${value}`,
    field: "device",
    value,
    allowed,
  };
}
