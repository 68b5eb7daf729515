import { open } from "node:fs/promises";
import type { ApiClient } from "../api/client.ts";
import { byteStream, counted } from "../async/byte-stream.ts";
import { formatBytes } from "../model/quantity.ts";
import { ReasonError } from "../model/reason.ts";
import { type CliIo, printLine } from "./io.ts";
import { LiveLine } from "./live-line.ts";
import { stoppedMeanwhile } from "./stopped-meanwhile.ts";
import { writeWholeFile } from "./whole-file.ts";

const READ_BYTES = 1 << 18;

interface Transfer {
  readonly name: string;
  /** Standard input or output when left out, or `-`. */
  readonly file: string | undefined;
  readonly stop: boolean;
}

/** `berth volume backup`: a file gets its name once it is whole. */
export async function backupVolume(io: CliIo, api: ApiClient, { name, file, stop }: Transfer): Promise<number> {
  const work = async () => {
    const stream = await api.call("backupVolume", { params: { name }, signal: io.interrupted });
    const shown = progress(io, `volume backup ${name}`, undefined);
    try {
      const source = counted(stream, shown.show);
      if (file === undefined || file === "-") for await (const piece of source) await io.bytes(piece);
      else await writeWholeFile(file, source);
    } finally {
      shown.erase();
    }
    if (file !== undefined && file !== "-")
      printLine(io.out, `${file}: ${formatBytes(shown.bytes())} of volume ${name}`);
    return 0;
  };
  return stop ? stoppedMeanwhile(io, api, name, work) : work();
}

/** `berth volume restore` */
export async function restoreVolume(io: CliIo, api: ApiClient, { name, file, stop }: Transfer): Promise<number> {
  const work = async () => {
    const from =
      file === undefined || file === "-"
        ? { source: io.input(), size: undefined, close: async () => {} }
        : await openFile(file);
    const shown = progress(io, `volume restore ${name}`, from.size);
    try {
      const body = byteStream(counted(from.source, shown.show));
      await api.call("restoreVolume", { params: { name }, body, signal: io.interrupted });
    } finally {
      shown.erase();
      await from.close();
    }
    printLine(io.out, `volume ${name} was restored`);
    return 0;
  };
  return stop ? stoppedMeanwhile(io, api, name, work) : work();
}

async function openFile(path: string) {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new ReasonError({ code: "file-unreadable", message: `cannot read the archive: ${whyOf(cause)}` }, { cause });
  });
  const { size } = await handle.stat();
  const source = handle.createReadStream({ autoClose: false, highWaterMark: READ_BYTES });
  return { source, size, close: () => handle.close() };
}

function whyOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Bytes on their way, as one live line on a terminal. */
function progress(io: CliIo, title: string, total: number | undefined) {
  let done = 0;
  const view = () => {
    const step = {
      order: "",
      workload: "",
      step: "sent",
      message: "",
      done,
      ...(total === undefined ? {} : { total }),
    };
    return { title, status: "running", progress: step, lost: undefined } as const;
  };
  const line = io.err.columns() === undefined ? undefined : new LiveLine(io.err, view());
  return {
    bytes: () => done,
    show: (bytes: number) => {
      done = bytes;
      line?.show(view());
    },
    erase: () => line?.erase(),
  };
}
