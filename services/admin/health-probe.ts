import type { ApiClient } from "../api/client.ts";

const KEPT_MILLISECONDS = 2000;
const PATIENCE_MILLISECONDS = 2000;

/**
 * Whether the supervisor answers. Anybody may ask this, so one try serves all who ask within two seconds of it.
 */
export class HealthProbe {
  readonly #supervisor: Pick<ApiClient, "call">;
  readonly #now: () => number;
  #last: { readonly at: number; readonly answer: Promise<boolean> } | undefined;

  constructor(supervisor: Pick<ApiClient, "call">, now: () => number) {
    this.#supervisor = supervisor;
    this.#now = now;
  }

  healthy(): Promise<boolean> {
    const at = this.#now();
    if (this.#last === undefined || at - this.#last.at > KEPT_MILLISECONDS) this.#last = { at, answer: this.#ask() };
    return this.#last.answer;
  }

  async #ask(): Promise<boolean> {
    try {
      await this.#supervisor.call("getState", { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
      return true;
    } catch {
      return false;
    }
  }
}
