import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";

/** The sources of the guest's first process. */
export const INIT_SOURCES = join(import.meta.dir, "init");

const FLAGS = [
  "-std=gnu11",
  "-D_GNU_SOURCE",
  "-Os",
  ...["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"],
  "-fstack-protector-strong",
  "-ffunction-sections",
  "-fdata-sections",
  "-Wl,--gc-sections",
  "-static",
  "-s",
];

/** Compiles the guest's first process as a static program for this host's architecture. */
export async function compileInit(output: string): Promise<void> {
  const sources = readdirSync(INIT_SOURCES).filter((name) => name.endsWith(".c"));
  // musl: a program of some 70 KB, where glibc's would have 800.
  await run(["musl-gcc", ...FLAGS, "-o", output, ...sources], { cwd: INIT_SOURCES });
}
