import { runCommand } from "../host/command.ts";
import { commandBytes } from "../host/command-bytes.ts";
import { ReasonError } from "../model/reason.ts";

/** tar(1) is GNU's: busybox' knows no extended attributes, and leads out of the folder by links. */
const EVERYTHING = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls"];
/** Something changed or went while it was read. */
const CHANGED = 1;

/**
 * A folder's content as a tar archive in the pax format: owners, modes, times, extended attributes, ACLs, hard links and
 * holes. Other file systems mounted in it are left out, and so are sockets.
 *
 * @param options.changing the folder is written to meanwhile: what changes or goes is no error
 */
export function packFolder(
  folder: string,
  options: { readonly signal?: AbortSignal; readonly changing: boolean },
): AsyncGenerator<Uint8Array> {
  const times = "--pax-option=delete=atime,delete=ctime";
  const how = [
    "--create",
    "--file=-",
    "--format=posix",
    times,
    "--sparse",
    "--one-file-system",
    "--warning=no-file-ignored",
  ];
  return commandBytes(["tar", ...how, ...EVERYTHING, `--directory=${folder}`, "."], {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    fine: options.changing ? [0, CHANGED] : [0],
  });
}

/**
 * Unpacks such an archive into an empty folder, which gets the mode and owner the archive's own root has. The archive must
 * have been checked.
 *
 * @throws ReasonError `disk-full`, or `archive-invalid` with tar's own words
 */
export async function unpackInto(
  folder: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const how = ["--extract", "--file=-", "--preserve-permissions", "--same-owner", "--overwrite-dir"];
  const result = await runCommand(["tar", ...how, ...EVERYTHING, `--directory=${folder}`], {
    stdin: archive,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.exitCode === 0) return;
  const complaint = result.stderr.trim().split("\n").slice(0, 3).join("; ").slice(0, 500);
  if (/No space left on device|Disk quota exceeded/.test(result.stderr)) {
    throw new ReasonError({ code: "disk-full", message: "no space is left on the data partition" });
  }
  throw new ReasonError({ code: "archive-invalid", message: `the archive cannot be unpacked: ${complaint}` });
}
