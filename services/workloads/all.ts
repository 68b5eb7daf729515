/** Waits for every one, so that nothing goes on in the background, then throws the first failure. */
export async function all(acts: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(acts)) if (result.status === "rejected") throw result.reason;
}
