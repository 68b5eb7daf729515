import { renameSync, rmSync, statSync } from "node:fs";
import { formatBytes } from "../../services/model/format-bytes.ts";
import { run } from "../command.ts";
import type { StepReport } from "../progress.ts";

/** Bytes of an xz block: what can be unpacked by itself, and so by several processors at once. */
const XZ_BLOCK = 16 * 1024 * 1024;

const REPORT_MILLISECONDS = 1000;

/** Compresses a file with xz on all processors; the same bytes on any number of them. */
export async function compress(source: string, target: string, report: StepReport): Promise<void> {
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  const clock = setInterval(() => {
    const size = statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
    report.update(`${formatBytes(size)} so far`);
  }, REPORT_MILLISECONDS);
  try {
    await run(["sh", "-c", SCRIPT, "xz", source, partial]);
    renameSync(partial, target);
  } finally {
    clearInterval(clock);
    rmSync(partial, { force: true });
  }
}

/** xz names its output itself unless it writes to standard output. */
const SCRIPT = `exec xz --compress --stdout --threads=0 --block-size=${XZ_BLOCK} -- "$1" >"$2"`;
