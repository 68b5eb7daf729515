import { closeSync, constants, fstatSync, openSync } from "node:fs";

/** From fcntl.h, the same on both architectures. */
const O_PATH = 0o10000000;

/**
 * Lets `act` reach the socket at `path` by another path, which leads to that very file: in a folder that somebody else may write
 * to, its name could lead anywhere by the time it is used.
 *
 * @throws Error with code ENOENT where there is none, and where what is there is no socket
 */
export async function throughSocketFile<T>(path: string, act: (safe: string) => Promise<T>): Promise<T> {
  const descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(descriptor).isSocket()) throw new Error(`${path} is no socket`);
    return await act(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}
