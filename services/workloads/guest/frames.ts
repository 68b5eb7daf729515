/**
 * The frames that go over a guest's agent port: a header of 8 bytes, little-endian (u32 length of the payload, u8 type, u8 0,
 * u16 channel), and the payload. Each command in the guest has a channel; 0 is the guest's own.
 */

/** Most bytes of a frame's payload. */
export const MOST_PAYLOAD = 65_536;
const HEADER = 8;

/** What the device asks of the guest. */
export const ASK = { exec: 1, stdin: 2, stdinEnd: 3, kill: 4, ping: 6, stats: 7 } as const;

/** What the guest tells the device. */
export const TELL = {
  hello: 65,
  stdout: 66,
  stderr: 67,
  exit: 68,
  /** How much of its input a command has taken; none is sent but its end. */
  taken: 69,
  pong: 70,
  stats: 71,
  started: 72,
  failedStart: 73,
} as const;

const TOLD: ReadonlySet<number> = new Set(Object.values(TELL));

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Uint8Array;
}

/** What a guest sent that is no frame. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/** The bytes of a frame. Throws RangeError for a payload that is too long. */
export function encodeFrame(type: number, channel: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  if (payload.length > MOST_PAYLOAD) throw new RangeError(`a frame holds ${MOST_PAYLOAD} bytes, not ${payload.length}`);
  const bytes = new Uint8Array(HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint8(4, type);
  view.setUint16(6, channel, true);
  bytes.set(payload, HEADER);
  return bytes;
}

/** Puts frames together from the bytes a guest sends; never holds more than one frame that is not whole. */
export class FrameReader {
  #rest = new Uint8Array();

  /** The frames that are whole now. Throws {@link FrameError} at the first that is none. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const { type, channel, length } = headerOf(new DataView(bytes.buffer, at, HEADER));
      if (bytes.length - at < HEADER + length) break;
      frames.push({ type, channel, payload: bytes.slice(at + HEADER, at + HEADER + length) });
      at += HEADER + length;
    }
    this.#rest = bytes.slice(at);
    return frames;
  }
}

function headerOf(view: DataView) {
  const length = view.getUint32(0, true);
  const type = view.getUint8(4);
  if (length > MOST_PAYLOAD) throw new FrameError(`a frame of ${length} bytes`);
  if (!TOLD.has(type)) throw new FrameError(`a frame of type ${type}`);
  if (view.getUint8(5) !== 0) throw new FrameError("a header whose sixth byte is not 0");
  return { type, channel: view.getUint16(6, true), length };
}

/** What the agent says first on each connection. */
const HELLO = encodeFrame(TELL.hello, 0, new TextEncoder().encode("berth-guest 1\n"));
/** Most bytes before it: what is left of an earlier connection. */
const MOST_BEFORE = 1024 * 1024;

/** Finds the beginning of a connection in what a guest sends. */
export class HelloFinder {
  #rest = new Uint8Array();
  #passed = 0;

  /** The bytes after the hello, once it is there. Throws {@link FrameError} when it does not come. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const at = bytes.indexOf(HELLO);
    if (at >= 0) return new Uint8Array(bytes.subarray(at + HELLO.length));
    const kept = Math.min(bytes.length, HELLO.length - 1);
    this.#passed += bytes.length - kept;
    if (this.#passed > MOST_BEFORE) throw new FrameError("no hello");
    this.#rest = new Uint8Array(bytes.subarray(bytes.length - kept));
    return undefined;
  }
}
