import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { byteStream } from "../../async/byte-stream.ts";
import { type Converted, convertCompose } from "../../compose/convert.ts";
import { formatYaml, parseYaml } from "../../host/yaml.ts";
import { ReasonError, reasonOf } from "../../model/reason.ts";
import type { Command } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { reasonLines } from "../reason-lines.ts";
import { oneLine } from "../terminal-text.ts";
import { usageError } from "../usage-error.ts";

/** `berth import`: a compose file's services as manifests. */
export const command: Command = {
  usage: "[--output DIR] [--profile P,…] [--strict] [--json] FILE",
  details: `FILE is a compose file in YAML; - is standard input. One manifest a service goes to standard output, with ---
between, ready for berth apply -. Variables (\${NAME:-default}) are taken from the environment, as docker compose does.
What a manifest cannot say is left out and listed on standard error with the reason.
Exit code: 0 converted, 1 the file is wrong, or with --strict something was left out, 2 wrong use.`,
  reaches: "nothing",
  options: {
    output: { kind: "text", short: "o", value: "DIR", summary: "write NAME.yaml for each into DIR instead" },
    profile: { kind: "text", value: "P,…", summary: "convert services of these profiles, too; * for all" },
    strict: { kind: "flag", summary: "fail when something was left out" },
    json: { ...JSON_OPTION, summary: "print manifests and what was left out as JSON" },
  },
  async run({ io, args }) {
    const [file, ...surplus] = args.operands;
    if (file === undefined) throw usageError("FILE is missing", "a compose file, or - for standard input");
    if (surplus.length > 0) throw usageError(`${JSON.stringify(surplus[0])} is one word too many`);
    const converted = convertCompose(await readCompose(io, file), {
      variables: io.env,
      profiles: (args.text("profile") ?? "").split(",").filter((profile) => profile !== ""),
    });
    const [problem] = converted.problems;
    if (args.flag("json")) {
      printJson(io, converted);
    } else {
      tell(io, converted);
      if (problem === undefined) await give(io, converted, args.text("output"));
    }
    if (problem !== undefined || converted.manifests.length === 0) return 1;
    return args.flag("strict") && converted.leftOut.length > 0 ? 1 : 0;
  },
};

async function readCompose(io: CliIo, file: string): Promise<unknown> {
  let text: string;
  try {
    text = file === "-" ? await new Response(byteStream(io.input())).text() : await readFile(file, "utf8");
  } catch (cause) {
    const message = `cannot read the compose file: ${reasonOf(cause).message}`;
    throw new ReasonError({ code: "file-unreadable", message }, { cause });
  }
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  return parsed.value;
}

function tell(io: CliIo, { leftOut, problems, manifests }: Converted): void {
  for (const { field, why } of leftOut) printLine(io.err, `left out: ${oneLine(field)}: ${oneLine(why)}`);
  for (const problem of problems) {
    const [message, ...more] = reasonLines(problem);
    for (const line of [`berth: ${message}`, ...more]) printLine(io.err, line);
  }
  if (manifests.length === 0 && problems.length === 0) printLine(io.err, "berth: no service became a manifest");
}

async function give(io: CliIo, { manifests }: Converted, directory: string | undefined): Promise<void> {
  if (directory === undefined) {
    io.out.write(manifests.map(formatYaml).join("---\n"));
    return;
  }
  await mkdir(directory, { recursive: true });
  for (const manifest of manifests) {
    const path = join(directory, `${manifest.name}.yaml`);
    await writeFile(path, formatYaml(manifest), { mode: 0o600 });
    printLine(io.out, path);
  }
}
