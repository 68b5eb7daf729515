import { basename } from "node:path";
import { checkFile, type FileCheck, filesBeside, listedFiles, readChecksums } from "../../flash/release-files.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { formatTable } from "../table.ts";
import { oneLine } from "../terminal-text.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth verify`: the files of a release against its checksums and signature. */
export const command: Command = {
  usage: "[--key FILE] FILE",
  details: `FILE is any file of a release, such as its image; the checksum file (.sha256) and the signature (.sig) lie beside it.
With --key the signature must be there and fit. Files that are not there are told of; at least one must be.`,
  reaches: "nothing",
  options: {
    key: { kind: "text", value: "FILE", summary: "the release's public key, PEM (release.pub.pem)" },
  },
  async run({ io, args }) {
    const [file = ""] = requireOperands(args, "FILE");
    const files = filesBeside(file);
    const key = args.text("key");
    const checksums = await readChecksums(files, key);
    if (checksums === undefined) {
      throw new ReasonError({
        code: "file-unreadable",
        message: `there is no checksum file: ${files.checksums} is not there`,
      });
    }
    const results = new Map<string, FileCheck>();
    for (const path of listedFiles(files, checksums)) results.set(basename(path), await checkFile(path, checksums));
    const rows = [
      ...[...results].map(([name, result]) => [oneLine(name), WORDS[result]]),
      [basename(files.signature), key === undefined ? "not checked: give --key" : WORDS.right],
    ];
    for (const line of formatTable(["FILE", "RESULT"], rows)) printLine(io.out, line);
    const found = [...results.values()];
    // What was asked for by name must be there.
    const asked = results.get(basename(file)) ?? "right";
    return asked === "right" && found.includes("right") && !found.includes("wrong") ? 0 : 1;
  },
};

const WORDS: Readonly<Record<FileCheck, string>> = {
  right: "right",
  wrong: "WRONG",
  "not-there": "not there",
  "not-listed": "not listed",
};
