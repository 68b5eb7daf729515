import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Device } from "../../model/device.ts";
import type { Reason } from "../../model/reason.ts";

/** What the banner tells of. */
export interface BannerInput {
  readonly device: string;
  readonly version: string;
  readonly source: Device["configuration"]["source"];
  readonly problems: readonly Reason[];
  /** Only a token the device made itself: whoever chose one knows it. */
  readonly madeToken: string | undefined;
}

const SOURCES: Readonly<Record<BannerInput["source"], string>> = {
  drive: "from the drive BERTHCONFIG",
  partition: "from the partition CONFIG",
  kept: "the last good one, kept from an earlier start",
  none: "none yet",
};

/** What a person at the device's console reads after it was configured. */
export function bannerLines({ device, version, source, problems, madeToken }: BannerInput): string[] {
  return [
    "",
    `Berth ${version}, device ${device}`,
    `Configuration: ${SOURCES[source]}`,
    ...problems.map((problem) => `! ${problemSentence(problem)}`),
    ...(madeToken === undefined ? [] : [`Token for the LAN API, made by this device: ${madeToken}`]),
    "",
  ].map(printable);
}

/** A problem in a sentence, with the value that was found and what would do. */
export function problemSentence({ message, value, allowed }: Reason): string {
  const found = value === undefined ? "" : `, not ${JSON.stringify(value)}`;
  return `${message}${allowed === undefined || message.includes(allowed) ? found : ` (allowed: ${allowed}${found})`}`;
}

/** Writes to a terminal without waiting for one that takes nothing. */
export async function writeConsole(path: string, lines: readonly string[]): Promise<void> {
  const console = await open(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK | constants.O_APPEND);
  try {
    await console.write(`${lines.join("\n")}\n`);
  } finally {
    await console.close();
  }
}

/** Without control characters, which a terminal would obey. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, "?");
}
