import type { Volume } from "../../model/volume.ts";
import type { Command, CommandContext } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { formatTable } from "../table.ts";
import { usageError } from "../usage-error.ts";
import { backupVolume, restoreVolume } from "../volume-transfer.ts";
import { volumeLines, volumeTable } from "../volume-view.ts";

const VERBS = "ls, inspect, backup, restore, remove";

/** `berth volume`: the named volumes on the device. */
export const command: Command = {
  usage:
    "ls [--json] | inspect NAME [--json] | backup NAME [-o FILE] [--stop] | restore NAME [FILE] [--stop] | remove NAME…",
  details: `ls       lists the volumes, how much of the disk they take and which workloads they belong to.
inspect  tells of one volume.
backup   writes a volume's content as a tar archive: owners, modes, extended attributes, hard links, holes. Files are read
         one after another while workloads go on writing; with --stop they are stopped for it, and started again.
restore  puts an archive's content (plain, gzip or zstd) in the place of all that a volume holds, or makes the volume: whole
         or not at all. No workload may have it mounted; with --stop those that have are stopped for it, and started again.
remove   deletes volumes that no workload names.`,
  reaches: "device",
  options: {
    output: { kind: "text", short: "o", value: "FILE", summary: "backup: where to, in place of standard output" },
    stop: { kind: "flag", summary: "backup, restore: stop the workloads that run with it meanwhile" },
    json: JSON_OPTION,
  },
  async run(context) {
    const { io, args } = context;
    const [verb, ...operands] = args.operands;
    switch (verb) {
      case "ls":
        expect(operands, 0, 0);
        return list(context);
      case "inspect": {
        expect(operands, 1, 1);
        const api = await context.device();
        show(io, await api.call("getVolume", named(io, operands[0])), args.flag("json"));
        return 0;
      }
      case "backup": {
        expect(operands, 1, 1);
        const options = { name: operands[0] ?? "", file: args.text("output"), stop: args.flag("stop") };
        return backupVolume(io, await deviceFor(context, options), options);
      }
      case "restore": {
        expect(operands, 1, 2);
        const [name = "", file] = operands;
        return restoreVolume(io, await context.device(), { name, file, stop: args.flag("stop") });
      }
      case "remove":
        expect(operands, 1, Number.POSITIVE_INFINITY);
        return remove(context, operands);
      default:
        throw usageError(verb === undefined ? "what to do is missing" : `there is no berth volume ${verb}`, VERBS);
    }
  },
};

async function deviceFor({ io, device }: CommandContext, { file }: { readonly file: string | undefined }) {
  if ((file === undefined || file === "-") && io.out.columns() !== undefined)
    throw usageError("an archive is nothing for a terminal", "-o FILE, or a pipe");
  return device();
}

async function list({ io, args, device }: CommandContext): Promise<number> {
  const api = await device();
  const volumes = await api.call("listVolumes", { signal: io.interrupted });
  if (args.flag("json")) printJson(io, volumes);
  else if (volumes.length === 0) printLine(io.out, "No volumes.");
  else for (const line of formatTable(...volumeTable(volumes, new Date()))) printLine(io.out, line);
  return 0;
}

async function remove({ io, device }: CommandContext, names: readonly string[]): Promise<number> {
  const api = await device();
  for (const name of names) {
    await api.call("removeVolume", named(io, name));
    printLine(io.out, `volume ${name} was removed`);
  }
  return 0;
}

function show(io: CliIo, volume: Volume, json: boolean): void {
  if (json) printJson(io, volume);
  else for (const line of volumeLines(volume)) printLine(io.out, line);
}

function named(io: CliIo, name = "") {
  return { params: { name }, signal: io.interrupted };
}

function expect(operands: readonly string[], least: number, most: number): void {
  if (operands.length < least) throw usageError("NAME is missing", "a volume's name; berth volume ls lists them");
  if (operands.length > most) throw usageError(`${JSON.stringify(operands[most])} is one word too many`);
}
