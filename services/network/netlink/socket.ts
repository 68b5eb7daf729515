import { dlopen, read } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { type Answer, decodeAnswers, encodeRequests, type Request } from "./request.ts";

/** A request the kernel did not carry out, by its error's name, such as EEXIST. */
class NetlinkError extends Error {
  constructor(
    what: string,
    readonly code: string,
  ) {
    super(`the kernel did not ${what}: ${code}`);
    this.name = "NetlinkError";
  }
}

/** A way to the kernel's interfaces, addresses and routes of one network namespace. */
export interface NetlinkSocket {
  /**
   * Carries out requests one after another, and gives what the kernel answered beside its acknowledgements. All are
   * tried; the first that failed is thrown.
   */
  ask(requests: readonly Request[]): Answer[];
  close(): void;
}

/** The kernel, asked without a process for each question. Its answers are there at once: nothing is awaited. */
export interface Netlink {
  /** Into this process's network namespace, or the one that is open as `namespace`. */
  open(namespace?: number): NetlinkSocket;
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const CLONE_NEWNET = 0x40000000;
const MSG_DONTWAIT = 0x40;
const LARGEST_ANSWER = 32_768;

/** Opens {@link Netlink}. */
export function openNetlink(): Netlink {
  const { symbols } = dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    send: { args: ["i32", "buffer", "u64", "i32"], returns: "i64" },
    recv: { args: ["i32", "buffer", "u64", "i32"], returns: "i64" },
    setns: { args: ["i32", "i32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const errorName = () => {
    const location = symbols.__errno_location();
    const number = location === null ? 0 : read.i32(location);
    return number > 0 ? getSystemErrorName(-number) : "an unknown error";
  };
  const check = (result: number | bigint, what: string): number => {
    if (result < 0) throw new NetlinkError(what, errorName());
    return Number(result);
  };
  const openSocket = () => symbols.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  // A socket stays in the namespace it was made in. This thread alone is there, for one call between two others, and no
  // other code runs on it meanwhile: the process's other threads keep their own (setns(2)).
  const openSocketIn = (namespace: number): number => {
    const own = openSync("/proc/thread-self/ns/net", "r");
    try {
      check(symbols.setns(namespace, CLONE_NEWNET), "enter the namespace");
      const socket = openSocket();
      // In another's network this process must not go on.
      if (symbols.setns(own, CLONE_NEWNET) !== 0) process.abort();
      return socket;
    } finally {
      closeSync(own);
    }
  };
  const ask = (socket: number, requests: readonly Request[]): Answer[] => {
    const bytes = encodeRequests(requests);
    check(symbols.send(socket, bytes, bytes.length, 0), "take a request");
    const answers: Answer[] = [];
    let failed: NetlinkError | undefined;
    for (let left = requests.length; left > 0; ) {
      const buffer = new Uint8Array(LARGEST_ANSWER);
      const length = check(symbols.recv(socket, buffer, buffer.length, MSG_DONTWAIT), "answer");
      for (const answer of decodeAnswers(buffer.subarray(0, length))) {
        if (answer.error === undefined) {
          answers.push(answer);
          continue;
        }
        left--;
        if (answer.error === 0) continue;
        const what = requests[answer.request]?.what ?? "do what was asked";
        failed ??= new NetlinkError(what, getSystemErrorName(-answer.error));
      }
    }
    if (failed !== undefined) throw failed;
    return answers;
  };
  return {
    open(namespace) {
      const opened = namespace === undefined ? openSocket() : openSocketIn(namespace);
      const socket = check(opened, "open a netlink socket");
      return { ask: (requests) => ask(socket, requests), close: () => closeSync(socket) };
    },
  };
}
