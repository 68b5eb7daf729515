import { concatenated, number32 } from "./attribute.ts";

/** What is asked of the kernel: a message's type, its flags, and what follows its header. */
export interface Request {
  /** For an error's text. */
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

const REQUEST = 1;
const ACKNOWLEDGE = 4;
const HEADER = 16;
const ERROR = 2;

/**
 * The bytes of requests that the kernel carries out one after another and acknowledges each. Source: netlink(7): length,
 * type, flags, sequence, port.
 */
export function encodeRequests(requests: readonly Request[]): Uint8Array {
  return concatenated(
    requests.flatMap(({ type, flags, body }, index) => {
      const head = new Uint8Array(4);
      const view = new DataView(head.buffer);
      view.setUint16(0, type, true);
      view.setUint16(2, flags | REQUEST | ACKNOWLEDGE, true);
      return [number32(HEADER + body.length), head, number32(index + 1), number32(0), body];
    }),
  );
}

/** What one message of the kernel says: of which request, and the error's number where it is one's end (0: it was done). */
export interface Answer {
  /** Index of the request. */
  readonly request: number;
  readonly error: number | undefined;
  readonly type: number;
  readonly body: Uint8Array;
}

/** Reads a datagram of the kernel's: one message or more. */
export function decodeAnswers(datagram: Uint8Array): Answer[] {
  const found: Answer[] = [];
  for (let at = 0; at + HEADER <= datagram.length; ) {
    const view = new DataView(datagram.buffer, datagram.byteOffset + at);
    const length = view.getUint32(0, true);
    if (length < HEADER || at + length > datagram.length) throw new Error("a netlink message is cut off");
    const type = view.getUint16(4, true);
    found.push({
      request: view.getUint32(8, true) - 1,
      type,
      // struct nlmsgerr: a negative errno, then the request's header.
      error: type === ERROR ? Math.abs(view.getInt32(HEADER, true)) : undefined,
      body: datagram.subarray(at + HEADER, at + length),
    });
    at += Math.ceil(length / 4) * 4;
  }
  return found;
}
