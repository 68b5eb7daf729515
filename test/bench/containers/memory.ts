import { readdirSync, readFileSync } from "node:fs";

/** PSS in bytes of every process on the device whose name (comm, 15 characters at most) begins with one of `programs`. */
export function memoryOf(programs: readonly string[]): number {
  let sum = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      if (!programs.some((program) => name.startsWith(program.slice(0, 15)))) continue;
      const [, kilobytes = "0"] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
      sum += Number(kilobytes) * 1024;
    } catch {
      // It ended meanwhile.
    }
  }
  return sum;
}
