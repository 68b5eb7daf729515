/** Runs acts one after another; gives each act's own result. */
export type Lock = <T>(act: () => Promise<T>) => Promise<T>;

/** A lock of its own. */
export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** An act that is done once at a time; whoever asks for it while one waits its turn shares that one. */
export function createTurns(act: () => Promise<void>): () => Promise<void> {
  const lock = createLock();
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= lock(() => {
      waiting = undefined;
      return act();
    });
    return waiting;
  };
}

/** A lock for each key; kept only while somebody holds or awaits it. */
export function createKeyedLock(): <T>(key: string, act: () => Promise<T>) => Promise<T> {
  const locks = new Map<string, { lock: Lock; users: number }>();
  return async (key, act) => {
    const entry = locks.get(key) ?? { lock: createLock(), users: 0 };
    locks.set(key, entry);
    entry.users++;
    try {
      return await entry.lock(act);
    } finally {
      entry.users--;
      if (entry.users === 0) locks.delete(key);
    }
  };
}
