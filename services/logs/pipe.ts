import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";

/** A pipe (fifo(7)) that is being read. */
export interface Pipe {
  /** Whether the file at its path is still this pipe. */
  isThere(): boolean;
  /** Reads what is left in it, then ends. */
  finish(): void;
  /** Ends at once. */
  cancel(): void;
}

/**
 * Reads a pipe for as long as it is to be read, whoever writes to it comes and goes: a writing end of its own is held open
 * beside. `onEnd` is called once after the last chunk.
 */
export function readPipe(
  path: string,
  { onChunk, onEnd }: { onChunk(chunk: Uint8Array): void; onEnd(error?: unknown): void },
): Pipe {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const reading = openSync(path, O_RDONLY | O_NONBLOCK);
  let holding: number | undefined = openSync(path, O_WRONLY | O_NONBLOCK);
  const { ino } = fstatSync(reading);
  const release = () => {
    if (holding !== undefined) closeSync(holding);
    holding = undefined;
  };
  // Waits in epoll(7), not in a thread as a blocking read would.
  const reader = Bun.file(reading).stream().getReader();
  const read = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) onChunk(next.value);
  };
  read()
    .then(() => onEnd(), onEnd)
    .finally(() => {
      release();
      try {
        closeSync(reading);
      } catch {
        // The stream has closed it.
      }
    });
  return {
    isThere() {
      try {
        return statSync(path).ino === ino;
      } catch {
        return false;
      }
    },
    finish: release,
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}
