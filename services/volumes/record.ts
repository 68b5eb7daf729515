import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";

/** What is kept of a volume beside its content. */
const VolumeRecord = z.strictObject({ createdAt: z.string().optional(), lastUsedAt: z.string().optional() });
export type VolumeRecord = z.infer<typeof VolumeRecord>;

/** Reads a volume's record; an empty one where it is missing or torn. */
export async function readVolumeRecord(path: string): Promise<VolumeRecord> {
  try {
    return VolumeRecord.safeParse(JSON.parse(await readFile(path, "utf8"))).data ?? {};
  } catch {
    return {};
  }
}

/** Writes it whole or not at all. Nothing depends on it: nothing waits for the disk, and nothing fails where it is full. */
export async function writeVolumeRecord(path: string, record: VolumeRecord): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(record), { mode: 0o600 });
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true });
  }
}
