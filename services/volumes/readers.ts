import { ReasonError } from "../model/reason.ts";

/** Which volumes are being read: to tar, files that go are like those a workload deletes, and half a backup would look whole. */
export class Readers {
  readonly #running = new Map<string, number>();

  /** Gives what is read of a volume, and holds the volume until its end. */
  async *hold(name: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#add(name, 1);
    try {
      yield* source;
    } finally {
      this.#add(name, -1);
    }
  }

  /** Throws `volume-in-use`, which may pass, while a volume is being read. */
  refuse(name: string): void {
    if (!this.#running.has(name)) return;
    const message = `volume ${name} is being backed up`;
    throw new ReasonError({ code: "volume-in-use", message, field: "name", value: name }, { transient: true });
  }

  #add(name: string, more: number): void {
    const count = (this.#running.get(name) ?? 0) + more;
    if (count > 0) this.#running.set(name, count);
    else this.#running.delete(name);
  }
}
