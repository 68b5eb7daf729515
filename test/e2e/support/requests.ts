import { delay } from "../../rig/wait.ts";

/** A client that asks for a page again and again, each time over a new connection, as many clients would. */
export class Requests {
  /** What was answered, each answer once as long as it does not change. */
  readonly answers: string[] = [];
  /** Why requests failed. */
  readonly failures: string[] = [];
  readonly #controller = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string) {
    this.#done = this.#ask(url);
  }

  /** Ends with the request in hand. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#done;
  }

  async #ask(url: string): Promise<void> {
    while (!this.#controller.signal.aborted) {
      try {
        const response = await fetch(url, { headers: { connection: "close" }, keepalive: false });
        const answer = response.ok ? (await response.text()).trim() : `status ${response.status}`;
        if (this.answers.at(-1) !== answer) this.answers.push(answer);
      } catch (error) {
        this.failures.push(String(error));
      }
      await delay(20);
    }
  }
}
