/** How long a package took, in seconds, all its steps together. */
export interface BuildTime {
  readonly name: string;
  readonly seconds: number;
}

/**
 * The times of Buildroot's `build/build-time.log`, longest first. Steps that were cut short and begun again count from the
 * last begin. Source: the macro step_time of Buildroot's package/pkg-generic.mk (`seconds:start|end:step: package`).
 */
export function buildTimes(log: string): BuildTime[] {
  const begun = new Map<string, number>();
  const seconds = new Map<string, number>();
  for (const line of log.split("\n")) {
    const [, time, edge, step, name] = /^(\d+(?:\.\d+)?):(start|end)\s*:(\S+)\s*:\s*(\S+)$/u.exec(line) ?? [];
    if (time === undefined || name === undefined) continue;
    const key = `${name} ${step}`;
    const start = begun.get(key);
    if (edge === "start") begun.set(key, Number(time));
    else if (start !== undefined) {
      begun.delete(key);
      seconds.set(name, (seconds.get(name) ?? 0) + Number(time) - start);
    }
  }
  return [...seconds]
    .map(([name, taken]) => ({ name, seconds: taken }))
    .sort((one, other) => other.seconds - one.seconds);
}

/** The times as a table, seconds right-aligned; all of them, with their sum (what ran at once counts twice). */
export function timeTable(times: readonly BuildTime[]): string {
  const sum = times.reduce((total, { seconds }) => total + seconds, 0);
  const row = ({ name, seconds }: BuildTime) => `${seconds.toFixed(0).padStart(7)} s  ${name}\n`;
  return [...times, { name: "in all", seconds: sum }].map(row).join("");
}
