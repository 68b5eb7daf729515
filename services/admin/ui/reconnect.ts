import { ApiError } from "./api.ts";

const PAUSES = [500, 1000, 2000, 4000, 8000];

/** Hears how a stream fares. */
export interface LinkListener {
  up(): void;
  down(message: string): void;
  /** The token is no longer good; nothing is tried again. */
  refused(error: ApiError): void;
}

/**
 * Reads a stream and opens it again whenever it ends, with longer and longer pauses, until `signal` aborts or the token
 * is refused. `open` is called for each try, so it can go on where the last one ended.
 */
export async function keepFollowing<T>(
  open: () => AsyncIterable<T>,
  onEvent: (event: T) => void,
  listener: LinkListener,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    let message = "The connection to the device was lost; trying again.";
    try {
      for await (const event of open()) {
        tries = 0;
        listener.up();
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) {
        if (error.status === 401) return listener.refused(error);
        message = error.status === 0 ? message : `${error.message} Trying again.`;
      }
    }
    if (signal.aborted) return;
    listener.down(message);
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]));
  }
}
