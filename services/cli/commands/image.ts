import { open } from "node:fs/promises";
import type { ApiClient } from "../../api/client.ts";
import type { Image } from "../../model/image.ts";
import { formatBytes } from "../../model/quantity.ts";
import { ReasonError } from "../../model/reason.ts";
import { byteStream, counted } from "../byte-stream.ts";
import type { Command, CommandContext } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { LiveLine } from "../live-line.ts";
import { formatTable } from "../table.ts";
import { oneLine } from "../terminal-text.ts";
import { usageError } from "../usage-error.ts";

const READ_BYTES = 1 << 18;

/** `berth image`: the images on the device. */
export const command: Command = {
  usage: "ls [--json] | import [--reference R] FILE",
  details: `ls      lists the images on the device.
import  hands the device an OCI layout or docker save archive (a tar); - is standard input.`,
  reaches: "device",
  options: {
    reference: { kind: "text", value: "R", summary: "import: the name of an image the archive does not name" },
    json: JSON_OPTION,
  },
  run(context) {
    const [verb, ...operands] = context.args.operands;
    switch (verb) {
      case "ls":
        if (operands.length > 0) throw usageError(`${JSON.stringify(operands[0])} is one word too many`);
        return list(context);
      case "import":
        return importFile(context, operands);
      default:
        throw usageError(
          verb === undefined ? "what to do is missing" : `there is no berth image ${verb}`,
          "ls, import",
        );
    }
  },
};

async function list({ io, args, device }: CommandContext): Promise<number> {
  const api = await device();
  printImages(io, await api.call("listImages", { signal: io.interrupted }), args.flag("json"));
  return 0;
}

async function importFile({ io, args, device }: CommandContext, operands: readonly string[]): Promise<number> {
  const [file, ...surplus] = operands;
  if (file === undefined) throw usageError("FILE is missing", "a tar archive, or - for standard input");
  if (surplus.length > 0) throw usageError(`${JSON.stringify(surplus[0])} is one word too many`);
  if (file === "-") return send({ io, args, api: await device() }, io.input(), undefined);
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const source = handle.createReadStream({ autoClose: false, highWaterMark: READ_BYTES });
    return await send({ io, args, api: await device() }, source, size);
  } finally {
    await handle.close();
  }
}

async function openFile(file: string) {
  try {
    return await open(file, "r");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReasonError({ code: "file-unreadable", message: `cannot read the archive: ${why}` }, { cause });
  }
}

async function send(
  { io, args, api }: Pick<CommandContext, "io" | "args"> & { readonly api: ApiClient },
  source: AsyncIterable<Uint8Array>,
  total: number | undefined,
): Promise<number> {
  const reference = args.text("reference");
  const shown = io.err.columns() === undefined ? undefined : new LiveLine(io.err, importView(0, total));
  try {
    const images = await api.call("importImages", {
      body: byteStream(counted(source, (done) => shown?.show(importView(done, total)))),
      signal: io.interrupted,
      ...(reference === undefined ? {} : { query: { reference } }),
    });
    shown?.erase();
    printImages(io, images, args.flag("json"));
    return 0;
  } catch (error) {
    shown?.erase();
    throw error;
  }
}

function importView(done: number, total: number | undefined) {
  const message = total !== undefined && done >= total ? "the device unpacks" : "";
  const progress = { order: "", workload: "", step: "sent", message, done, ...(total === undefined ? {} : { total }) };
  return { title: "image import", status: "running", progress, lost: undefined } as const;
}

function printImages(io: CliIo, images: readonly Image[], json: boolean): void {
  if (json) {
    printJson(io, images);
    return;
  }
  if (images.length === 0) {
    printLine(io.out, "No images.");
    return;
  }
  const rows = images.map((image) => [
    oneLine(image.reference),
    image.digest.slice(0, "sha256:".length + 12),
    image.architecture,
    String(image.layers.length),
    formatBytes(image.layers.reduce((sum, layer) => sum + layer.size, 0)),
  ]);
  for (const line of formatTable(["REFERENCE", "DIGEST", "ARCHITECTURE", "LAYERS", "SIZE"], rows)) {
    printLine(io.out, line);
  }
}
