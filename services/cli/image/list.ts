import type { Image, StoredImage } from "../../model/image.ts";
import { formatBytes } from "../../model/quantity.ts";
import type { CommandContext } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { printJson } from "../json-option.ts";
import { formatTable } from "../table.ts";
import { oneLine } from "../terminal-text.ts";

/** `berth image ls` */
export async function listImages({ io, args, device }: CommandContext): Promise<number> {
  const images = await (await device()).call("listImages", { signal: io.interrupted });
  if (args.flag("json")) printJson(io, images);
  else printStored(io, images);
  return 0;
}

/** `berth image inspect`: JSON, since its documents are. */
export async function inspectImage({ io, device }: CommandContext, reference: string): Promise<number> {
  const api = await device();
  printJson(io, await api.call("inspectImage", { query: { reference }, signal: io.interrupted }));
  return 0;
}

function printStored(io: CliIo, images: readonly StoredImage[]): void {
  if (images.length === 0) {
    printLine(io.out, "No images.");
    return;
  }
  const rows = images.map((image) => [
    ...cells(image),
    formatBytes(image.bytes.own),
    formatBytes(image.bytes.shared),
    image.workloads.join(", "),
  ]);
  for (const line of formatTable(["REFERENCE", "DIGEST", "LAYERS", "OWN", "SHARED", "WORKLOADS"], rows))
    printLine(io.out, line);
}

/** Images that have just come. */
export function printImported(io: CliIo, images: readonly Image[]): void {
  const rows = images.map((image) => [
    ...cells(image),
    formatBytes(image.layers.reduce((sum, layer) => sum + layer.size, 0)),
  ]);
  for (const line of formatTable(["REFERENCE", "DIGEST", "LAYERS", "SIZE"], rows)) printLine(io.out, line);
}

function cells(image: Image): string[] {
  return [oneLine(image.reference), image.digest.slice(0, "sha256:".length + 12), String(image.layers.length)];
}
