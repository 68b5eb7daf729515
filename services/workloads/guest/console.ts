import { runCommand } from "../../host/command.ts";
import { logIdentifier } from "../container/paths.ts";

const LINES = 8;
const LONGEST = 400;

/** The last lines a guest's console, or QEMU, said, on one line; empty where there are none. */
export async function consoleTail(workload: string): Promise<string> {
  const { stdout } = await runCommand(
    ["journalctl", "--identifier", logIdentifier(workload), "--lines", String(LINES), "--output", "cat", "--no-pager"],
    { timeout: 10_000 },
  );
  return tailOf(stdout);
}

/** Text as it can be shown: what a guest says is not trusted. */
function tailOf(text: string): string {
  const lines = text
    .replace(/\[\s*\d+\.\d+\] /g, "")
    .replace(/[^\n -~]/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("-- "));
  return lines.slice(-LINES).join(" | ").slice(-LONGEST);
}
