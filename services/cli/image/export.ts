import { counted } from "../../async/byte-stream.ts";
import { formatBytes } from "../../model/quantity.ts";
import type { CommandContext } from "../command.ts";
import { printLine } from "../io.ts";
import { usageError } from "../usage-error.ts";
import { writeWholeFile } from "../whole-file.ts";
import { TransferLine } from "./transfer-line.ts";

/** `berth image export`: a file gets its name once it is whole. */
export async function exportImage({ io, args, device }: CommandContext, reference: string): Promise<number> {
  const file = args.text("output") ?? "-";
  if (file === "-" && io.out.columns() !== undefined)
    throw usageError("a terminal shows no archive", "-o FILE, or standard output into a file or a program");
  const stream = await (await device()).call("exportImage", { query: { reference }, signal: io.interrupted });
  const shown = new TransferLine(io, "image export", undefined);
  let total = 0;
  const source = counted(stream, (done) => {
    total = done;
    shown.show(done, "");
  });
  try {
    if (file === "-") for await (const piece of source) await io.bytes(piece);
    else await writeWholeFile(file, source);
  } finally {
    shown.erase();
  }
  if (file !== "-") printLine(io.out, `${file}: ${formatBytes(total)} of image ${reference}`);
  return 0;
}
