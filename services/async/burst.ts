/**
 * Gathers what comes within `pause` milliseconds of the first, each thing once, and acts on all of it together.
 *
 * @param onError hears of what an act failed with
 */
export function createBurst<T>(
  pause: number,
  act: (gathered: readonly T[]) => Promise<void>,
  onError: (error: unknown) => void,
): (one: T) => void {
  const gathered = new Set<T>();
  const go = () => {
    const all = [...gathered];
    gathered.clear();
    act(all).catch(onError);
  };
  return (one) => {
    gathered.add(one);
    if (gathered.size === 1) setTimeout(go, pause);
  };
}
