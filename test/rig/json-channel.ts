import { connect, type Socket } from "node:net";
import { LineSplitter } from "./lines.ts";
import { within } from "./wait.ts";

/** JSON, one value a line, both ways over a unix socket: what QEMU's monitor and its guest agent speak. */
export class JsonChannel {
  readonly #socket: Socket;
  readonly #waiting: Array<(value: unknown) => boolean> = [];
  /** Settles when the other side is gone and all it sent has been read. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = new LineSplitter();
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const line of splitter.push(text)) this.#receive(line);
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    // `closed` tells it; an unheard error event would end the process.
    socket.on("error", () => {});
  }

  /** Connects to the socket at `path`. */
  static open(path: string): Promise<JsonChannel> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new JsonChannel(socket));
      });
    });
  }

  /** Sends a value and waits for the first one received from then on that `accept` does not refuse. */
  ask<T>(message: unknown, accept: (value: unknown) => T | undefined, timeout: number): Promise<T> {
    const answer = this.receive(accept, timeout);
    this.tell(message);
    return answer;
  }

  /** Waits for the first value received from now on that `accept` does not refuse. */
  receive<T>(accept: (value: unknown) => T | undefined, timeout: number): Promise<T> {
    const { promise: answer, resolve } = Promise.withResolvers<T>();
    const taker = (value: unknown): boolean => {
      const taken = accept(value);
      if (taken !== undefined) resolve(taken);
      return taken !== undefined;
    };
    this.#waiting.push(taker);
    const gone = this.closed.then(() => Promise.reject(new Error("The other side has gone")));
    return within("Answer", timeout, Promise.race([answer, gone])).finally(() => {
      const index = this.#waiting.indexOf(taker);
      if (index >= 0) this.#waiting.splice(index, 1);
    });
  }

  /** Sends a value that gets no answer. */
  tell(message: unknown): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    // The guest agent marks a fresh start with a byte that is no text.
    const text = line.replaceAll("\u00ff", "").replaceAll("\ufffd", "").trim();
    if (text === "") return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    const index = this.#waiting.findIndex((take) => take(value));
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}
