import { readFile, realpath } from "node:fs/promises";
import { mappedBytes } from "../../flash/block-map.ts";
import { type FlashOptions, flash } from "../../flash/flash.ts";
import { type FoundTarget, planFlash } from "../../flash/flash-plan.ts";
import { checkImage, type ImageChecks } from "../../flash/image-checks.ts";
import { type ImageSource, openImage, PIECE } from "../../flash/image-source.ts";
import { listDisks } from "../../flash/lsblk.ts";
import { configurationPartition } from "../../flash/put-configuration.ts";
import { findTarget, openTarget, rereadPartitions } from "../../flash/target.ts";
import { parseConfigurationFile } from "../../host/configuration/parse-file.ts";
import { formatSpan } from "../../model/age.ts";
import { formatBytes } from "../../model/format-bytes.ts";
import { type Reason, ReasonError } from "../../model/reason.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirmByTyping } from "../confirm.ts";
import { type CliIo, printLine } from "../io.ts";
import { LiveLine } from "../live-line.ts";
import { reasonLines } from "../reason-lines.ts";
import { oneLine } from "../terminal-text.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth flash`: writes an image to a disk. */
export const command: Command = {
  usage: "[--yes] [--config FILE] [--key FILE] [--no-verify] [--force] IMAGE DEVICE",
  details: `IMAGE is an .img or .img.xz; of what lies beside it under the same name, the block map (.bmap) says what need not be
written, and the checksum file (.sha256) and signature (.sig) are checked. DEVICE is a whole disk such as /dev/sdb, or an
existing regular file. A disk that is mounted, too small, or holds this system is refused. All is read back and compared.
Until it is whole the disk boots nothing: an interrupted flash is done again.`,
  reaches: "nothing",
  options: {
    yes: { kind: "flag", short: "y", summary: "do not ask before the disk's content is lost" },
    config: { kind: "text", value: "FILE", summary: "put a first-boot configuration (berth.yaml) on the disk" },
    key: { kind: "text", value: "FILE", summary: "demand the release's signature by this public key, PEM" },
    "no-verify": { kind: "flag", summary: "do not read back what was written" },
    force: { kind: "flag", summary: "also write a disk that is not removable" },
  },
  run: runFlash,
};

async function runFlash({ io, args }: CommandContext): Promise<number> {
  const [image = "", device = ""] = requireOperands(args, "IMAGE", "DEVICE");
  const source = await openImage(image);
  const checks = await checkImage(image, args.text("key"));
  const { blockMap } = checks;
  if (blockMap !== undefined && blockMap.imageSize !== source.size) {
    const message = `the block map is for an image of ${blockMap.imageSize} B, and this one has ${source.size} B`;
    throw new ReasonError({ code: "block-map-invalid", message });
  }
  const configuration = await readConfiguration(args.text("config"), source);
  const found = await findTarget(device);
  await refuseItself(image, found);
  const disks = found.kind === "device" ? await listDisks() : [];
  const plan = planFlash({ target: found, disks, imageSize: source.size, force: args.flag("force") });
  printLine(io.out, `${oneLine(image)}: ${checkWords(checks, source)}`);
  for (const line of plan.description) printLine(io.out, oneLine(line));
  if (plan.refusals.length > 0) throw refusalOf(io, plan.refusals);
  if (!args.flag("yes")) await confirmByTyping(io, plan.name, `All that is on ${plan.name} will be lost.`);
  const verify = !args.flag("no-verify");
  const written = await write(io, found, plan.name, { source, blockMap, verify, configuration });
  if (found.kind === "device") await rereadPartitions(found.path);
  const parts = [`${formatBytes(blockMap === undefined ? source.size : mappedBytes(blockMap))} written`];
  parts.push(verify ? "read back and right" : "not read back");
  if (configuration !== undefined) parts.push("configuration put");
  printLine(io.out, `${plan.name} is ready: ${parts.join(", ")} (${formatSpan(written)})`);
  return 0;
}

type Work = Pick<FlashOptions, "source" | "blockMap" | "verify" | "configuration">;

/** Gives the milliseconds it took. Once something was written, a failure says what that makes of the disk. */
async function write(io: CliIo, found: FoundTarget, name: string, work: Work): Promise<number> {
  const began = performance.now();
  const target = await openTarget(found, work.source.size);
  const line = new LiveLine(io.out, viewOf(name, "erase"));
  let touched = false;
  try {
    await flash({
      ...work,
      target,
      path: found.path,
      signal: io.interrupted,
      onStep: (step, done, total) => {
        touched = true;
        line.show(viewOf(name, step, done, total));
      },
    });
    line.erase();
    return performance.now() - began;
  } catch (error) {
    line.erase();
    if (touched) {
      const how = io.interrupted.aborted ? "Interrupted: " : "";
      printLine(io.err, `${how}${name} is not bootable now, and what was on it is lost. Flash it again.`);
    }
    throw error;
  } finally {
    await target.close();
  }
}

function viewOf(name: string, step: string, done?: number, total?: number) {
  const amount = done === undefined || total === undefined ? {} : { done, total };
  const progress = { order: "", workload: "", step, message: "", ...amount };
  return { title: `flash ${name}`, status: "running", progress, lost: undefined } as const;
}

async function refuseItself(image: string, found: FoundTarget): Promise<void> {
  if (found.path !== (await realpath(image))) return;
  throw new ReasonError({ code: "target-in-use", message: "the image cannot be written to itself" });
}

function checkWords({ checksum, signature, blockMap }: ImageChecks, source: ImageSource): string {
  return [
    formatBytes(source.size),
    blockMap === undefined ? "no block map: all of it is written" : `${formatBytes(mappedBytes(blockMap))} to write`,
    checksum ? "checksum right" : "no checksum file",
    signature ? "signature right" : "signature not checked (--key)",
  ].join(", ");
}

async function readConfiguration(
  file: string | undefined,
  source: ImageSource,
): Promise<FlashOptions["configuration"]> {
  if (file === undefined) return undefined;
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReasonError({ code: "file-unreadable", message: `cannot read the configuration: ${why}` }, { cause });
  }
  const checked = parseConfigurationFile(content, "the command line");
  if (!checked.ok) {
    const [first = { code: "invalid-input", message: `${file} cannot be used` }] = checked.problems;
    throw new ReasonError(first);
  }
  const head = new Uint8Array(Math.min(PIECE, source.size));
  for await (const { offset, bytes } of source.pieces([{ offset: 0, length: head.length }])) {
    head.set(bytes, offset);
    break;
  }
  return { partition: configurationPartition(head), file, content };
}

/** All reasons but the last are printed here; the last one ends the command. */
function refusalOf(io: CliIo, refusals: readonly Reason[]): ReasonError {
  const last = refusals.at(-1);
  if (last === undefined) throw new TypeError("there is no refusal");
  for (const reason of refusals.slice(0, -1)) {
    const [message, ...more] = reasonLines(reason);
    for (const text of [`berth: ${message}`, ...more]) printLine(io.err, text);
  }
  return new ReasonError(last);
}
