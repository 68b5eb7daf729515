import { existsSync, readFileSync } from "node:fs";
import { waitFor } from "./wait.ts";

/** A machine's serial console, as far as it has been written to the log. */
export class ConsoleLog {
  constructor(readonly path: string) {}

  /** All lines so far, of all boots, without the terminal's control sequences. */
  lines(): string[] {
    if (!existsSync(this.path)) return [];
    return readFileSync(this.path, "utf8")
      .split("\n")
      .map((line) => plain(line));
  }

  /** The first line from `since` on that matches, as soon as it is there. */
  wait(pattern: RegExp, timeout: number, since = 0): Promise<string> {
    return waitFor(`Console line ${pattern}`, timeout, () =>
      this.lines()
        .slice(since)
        .find((line) => pattern.test(line)),
    );
  }
}

/** A console line without colours, cursor movements and carriage returns. */
export function plain(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return line.replace(/\x1b\[[0-9;?!]*[ -/]*[@-~]|\x1b[@-Z\\-_]|[\r\x07]/gu, "");
}
