import type { Socket } from "node:net";
import { ASK as DEVICE_ASKS, TELL } from "../../services/workloads/guest/frames.ts";
import { within } from "./wait.ts";

/** Frames from the host: those the device sends, and those it has no use for yet. */
export const ASK = { ...DEVICE_ASKS, signal: 5, resize: 8, hosts: 9 } as const;

/** A frame as it came. */
export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

/** How an exec ended, and all it wrote. */
export interface ExecEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** `code 3`, `signal 9`, `failed …`. */
  readonly end: string;
}

const HEADER = 8;
const PATIENCE = 60_000;

/** The bytes of a frame. Source: image/guest/init/frames.h. */
export function frameBytes(type: number, channel: number, payload: string | Uint8Array = ""): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt16LE(channel, 6);
  return Buffer.concat([header, body]);
}

/** A connection to a guest's agent, as plain as can be: what it says is kept until it is asked for. */
export class GuestLink {
  readonly #socket: Socket;
  readonly #frames: Frame[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => {});
  }

  send(type: number, channel = 0, payload: string | Uint8Array = ""): void {
    this.raw(frameBytes(type, channel, payload));
  }

  /** Sends bytes that may be no frame. */
  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The first frame of a type, and of a channel, taken out of what has come; waits for it. */
  next(type: number, channel = 0): Promise<Frame> {
    const wait = async (): Promise<Frame> => {
      for (;;) {
        const index = this.#frames.findIndex((frame) => frame.type === type && frame.channel === channel);
        const [frame] = index < 0 ? [] : this.#frames.splice(index, 1);
        if (frame !== undefined) return frame;
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    return within(`A frame of type ${type} on channel ${channel}`, PATIENCE, wait());
  }

  /** Whether a frame of a type has come and was not asked for. */
  has(type: number, channel = 0): boolean {
    return this.#frames.some((frame) => frame.type === type && frame.channel === channel);
  }

  /** Waits for an exec's end, and gives all it wrote. */
  async end(channel: number): Promise<ExecEnd> {
    const { payload } = await this.next(TELL.exit, channel);
    const output = (type: number) => {
      const of = (frame: Frame) => frame.channel === channel && frame.type === type;
      const text = Buffer.concat(this.#frames.filter(of).map((frame) => frame.payload)).toString("latin1");
      for (let at = this.#frames.findIndex(of); at >= 0; at = this.#frames.findIndex(of)) this.#frames.splice(at, 1);
      return text;
    };
    const [kind = 0, value = 0] = payload;
    const rest = payload.subarray(1).toString();
    const end = kind === 2 ? `failed ${rest}` : `${kind === 1 ? "signal" : "code"} ${value}`;
    return { stdout: output(TELL.stdout), stderr: output(TELL.stderr), end };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.destroy();
    });
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= HEADER) {
      const length = this.#bytes.readUInt32LE(0);
      if (this.#bytes.length < HEADER + length) break;
      const payload = Buffer.from(this.#bytes.subarray(HEADER, HEADER + length));
      this.#frames.push({ type: this.#bytes.readUInt8(4), channel: this.#bytes.readUInt16LE(6), payload });
      this.#bytes = this.#bytes.subarray(HEADER + length);
    }
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
