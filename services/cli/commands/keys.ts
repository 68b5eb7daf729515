import { join } from "node:path";
import { KEY_FILES } from "../../keys/key-files.ts";
import { makeKeys } from "../../keys/make-keys.ts";
import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { formatTable } from "../table.ts";
import { usageError } from "../usage-error.ts";

const DIRECTORY = "berth-keys";
const DAYS = 3650;
const MOST_DAYS = 36_500;

/** `berth keys`: keys to build and sign releases with. */
export const command: Command = {
  usage: "init [--out DIR] [--days N]",
  details: `Makes a set of keys: a certificate authority and a certificate to sign update bundles with, and an Ed25519 key to sign
releases with. The keys are files of their owner's alone, without a passphrase: fit for development, and for production only
where the disk and the machine are. Existing keys are never replaced.`,
  reaches: "nothing",
  options: {
    out: { kind: "text", value: "DIR", summary: `the folder to make (${DIRECTORY})` },
    days: { kind: "count", value: "N", most: MOST_DAYS, summary: `how long the certificates hold (${DAYS})` },
  },
  async run({ io, args }) {
    const [verb, ...surplus] = args.operands;
    if (verb !== "init") {
      throw usageError(verb === undefined ? "what to do is missing" : `there is no berth keys ${verb}`, "init");
    }
    if (surplus.length > 0) throw usageError(`${JSON.stringify(surplus[0])} is one word too many`);
    const directory = args.text("out") ?? DIRECTORY;
    const days = args.count("days") ?? DAYS;
    if (days === 0) throw usageError("--days 0: the certificates would never hold", `1 to ${MOST_DAYS}`);
    await makeKeys({ directory, days });
    const rows = Object.values(KEY_FILES).map(({ name, secret, purpose }) => [
      join(directory, name),
      secret ? "secret" : "public",
      purpose,
    ]);
    for (const line of formatTable(["FILE", "", "WHAT FOR"], rows)) printLine(io.out, line);
    return 0;
  },
};
