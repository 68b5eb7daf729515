import { spawnSync } from "node:child_process";

/** Runs a program on the device to its end and gives what it printed; anything but exit code 0 throws. */
export function command(...argv: string[]): string {
  const [file = "", ...rest] = argv;
  const { status, stdout, stderr, error } = spawnSync(file, rest, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}
