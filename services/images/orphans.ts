import { readdir, readFile } from "node:fs/promises";

/**
 * Ends what an earlier run left working in `directory`: processes whose last argument is a file there. When the
 * supervisor is killed in the middle of a conversion, its mkfs.erofs lives on (KillMode=process) and turns for ever on
 * the archive that broke off. Linux only; elsewhere there is nothing to find.
 */
export async function endOrphans(directory: string): Promise<void> {
  const names = await readdir("/proc").catch(() => []);
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const last = line.split("\0").at(-2) ?? "";
    if (!last.startsWith(`${directory}/`)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
