import { open } from "node:fs/promises";
import { byteStream, counted } from "../../async/byte-stream.ts";
import { ReasonError, reasonOf } from "../../model/reason.ts";
import type { CommandContext } from "../command.ts";
import { printJson } from "../json-option.ts";
import { printImported } from "./list.ts";
import { TransferLine } from "./transfer-line.ts";

const READ_BYTES = 1 << 18;

/** `berth image import` */
export async function importImages(context: CommandContext, file: string): Promise<number> {
  if (file === "-") return await send(context, context.io.input(), undefined);
  const handle = await open(file, "r").catch((cause: unknown) => {
    const message = `cannot read the archive: ${reasonOf(cause).message}`;
    throw new ReasonError({ code: "file-unreadable", message }, { cause });
  });
  try {
    const { size } = await handle.stat();
    return await send(context, handle.createReadStream({ autoClose: false, highWaterMark: READ_BYTES }), size);
  } finally {
    await handle.close();
  }
}

async function send(
  { io, args, device }: CommandContext,
  source: AsyncIterable<Uint8Array>,
  total: number | undefined,
): Promise<number> {
  const api = await device();
  const reference = args.text("reference");
  const shown = new TransferLine(io, "image import", total);
  const show = (done: number) => shown.show(done, total !== undefined && done >= total ? "the device unpacks" : "");
  try {
    const images = await api.call("importImages", {
      body: byteStream(counted(source, show)),
      signal: io.interrupted,
      ...(reference === undefined ? {} : { query: { reference } }),
    });
    shown.erase();
    if (args.flag("json")) printJson(io, images);
    else printImported(io, images);
    return 0;
  } finally {
    shown.erase();
  }
}
