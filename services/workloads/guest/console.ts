import { runCommand } from "../../host/command.ts";
import { logIdentifier } from "../instance/paths.ts";

/** Lines of the journal that are looked at, and those that are told. */
const LINES = 80;
const TOLD = 4;
const LONGEST = 400;
/** What says most where a kernel or QEMU died; what follows is registers. */
const TELLING = /Kernel panic|Oops|BUG:|Out of memory|^qemu-system/;

/** The last lines a guest's console, or QEMU, said, on one line; empty where there are none. */
export async function consoleTail(workload: string): Promise<string> {
  const { stdout } = await runCommand(
    ["journalctl", "--identifier", logIdentifier(workload), "--lines", String(LINES), "--output", "cat", "--no-pager"],
    { timeout: 10_000 },
  );
  return tailOf(stdout);
}

/** The last lines, from the last telling one on, as text that can be shown: what a guest says is not trusted. */
export function tailOf(text: string): string {
  const lines = text
    .replace(/\[\s*\d+\.\d+\] /g, "")
    .replace(/[^\n -~]/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("-- "));
  const telling = lines.findLastIndex((line) => TELLING.test(line));
  return (telling < 0 ? lines.slice(-TOLD) : lines.slice(telling, telling + TOLD)).join(" | ").slice(0, LONGEST);
}
