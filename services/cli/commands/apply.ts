import { readFile } from "node:fs/promises";
import { byteStream } from "../../async/byte-stream.ts";
import { parseYaml } from "../../host/yaml.ts";
import { type ReadManifests, readManifests, repeatedName } from "../../model/manifests.ts";
import { type Reason, reasonOf } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";
import type { Command } from "../command.ts";
import { dependencyOrder } from "../dependency-order.ts";
import { type CliIo, printLine } from "../io.ts";
import { reasonLines } from "../reason-lines.ts";
import { giveAndFollow, INTERRUPTED } from "../run-order.ts";
import { usageError } from "../usage-error.ts";

/** `berth apply`: checks manifests here, then orders the device to run them. */
export const command: Command = {
  usage: "[--detach] FILE…",
  details: `A FILE is a workload manifest in YAML or JSON, or several with --- between; - is standard input.
All are checked first; with one wrong, nothing is ordered. Those that others start after are ordered first.
Exit code: 0 all succeeded, 1 one was refused or failed, 2 wrong use.`,
  reaches: "device",
  options: { detach: { kind: "flag", short: "d", summary: "do not wait for the end of the order" } },
  async run({ io, args, device }) {
    if (args.operands.length === 0) throw usageError("no manifest is named", "FILE…, or - for standard input");
    const manifests: Workload[] = [];
    const problems: Reason[] = [];
    for (const file of args.operands) {
      const read = await readFileManifests(io, file);
      manifests.push(...read.manifests);
      problems.push(...read.problems);
    }
    const repeated = repeatedName(manifests);
    if (repeated !== undefined) problems.push(repeated);
    if (problems.length > 0) {
      for (const problem of problems) for (const line of reasonLines(problem)) printLine(io.err, named(line));
      return 1;
    }
    const api = await device();
    let worst = 0;
    for (const manifest of dependencyOrder(manifests)) {
      const options = { title: `apply ${manifest.name}`, detach: args.flag("detach") };
      const code = await giveAndFollow(io, api, { kind: "apply", manifest }, options);
      if (code === INTERRUPTED) return code;
      worst = Math.max(worst, code);
    }
    return worst;
  },
};

function named(line: string): string {
  return line.startsWith(" ") ? line : `berth: ${line}`;
}

async function readFileManifests(io: CliIo, file: string): Promise<ReadManifests> {
  const source = file === "-" ? "standard input" : file;
  const refuse = (reason: Reason) => ({
    manifests: [],
    problems: [{ ...reason, message: `${source}: ${reason.message}` }],
  });
  let text: string;
  try {
    text = file === "-" ? await new Response(byteStream(io.input())).text() : await readFile(file, "utf8");
  } catch (error) {
    return refuse({ ...reasonOf(error), code: "file-unreadable" });
  }
  const parsed = parseYaml(text);
  return parsed.ok ? readManifests(source, parsed.value) : refuse(parsed.reason);
}
