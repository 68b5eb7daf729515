/** Something that runs on the host until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

const running = new Set<Stoppable>();
let installed = false;

/**
 * Has `thing` stopped should this process be asked to end (Ctrl-C, SIGTERM) before it is stopped.
 * Should the process be killed outright, its children go with it (see {@link startChild}).
 */
export function stopAtExit(thing: Stoppable): void {
  running.add(thing);
  if (installed) return;
  installed = true;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      stopAll().finally(() => process.exit(code));
    });
  }
}

/** Says that `thing` has been stopped. */
export function stopped(thing: Stoppable): void {
  running.delete(thing);
}

/** Stops all that still runs, last started first; one that fails to stop does not keep the others. */
export async function stopAll(): Promise<void> {
  for (const thing of [...running].reverse()) {
    running.delete(thing);
    try {
      await thing.stop();
    } catch (error) {
      console.error(`While stopping: ${error instanceof Error ? error.message : error}`);
    }
  }
}
