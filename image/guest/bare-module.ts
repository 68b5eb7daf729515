import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../command.ts";

/**
 * A kernel module without what only costs a guest time: types for eBPF, and the signature, which its kernel would check but
 * does not ask for. What vouches for it is the root file system it lies in.
 */
export async function bareModule(module: Uint8Array): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "berth-module-"));
  try {
    const file = join(folder, "module.ko");
    writeFileSync(file, module);
    // objcopy(1) leaves out what follows the ELF file, as the signature does.
    await run(["objcopy", "--remove-section=.BTF", "--remove-section=.BTF.base", file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
