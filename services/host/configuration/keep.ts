import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DeviceName } from "../../model/names.ts";
import type { Reason } from "../../model/reason.ts";
import { Kept } from "./choose.ts";
import type { PlannedFile } from "./plan.ts";

const KEPT_FILE = "/data/berth/configuration.json";
const TOKEN_FILE = "/data/berth/admin-token";
const NAME_FILE = "/data/berth/device-name";
const MadeToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** A value, and the files to write so that it is the same at the next start: none when they are there already. */
export interface MadeValue {
  readonly value: string;
  readonly files: readonly PlannedFile[];
}

/** The last good configuration. One that cannot be read is a problem, and stays for a person to look at. */
export async function readKept(root: string): Promise<{ kept: Kept | undefined; problems: Reason[] }> {
  const text = await readText(root, KEPT_FILE);
  if (text === undefined) return { kept: undefined, problems: [] };
  try {
    return { kept: Kept.parse(JSON.parse(text)), problems: [] };
  } catch {
    const message = `${KEPT_FILE}, the last good configuration, cannot be read`;
    return { kept: undefined, problems: [{ code: "configuration-kept-invalid", message, field: KEPT_FILE }] };
  }
}

/** The file that keeps a good configuration, unless it is kept as it is. */
export function keptFile(now: Kept, before: Kept | undefined): PlannedFile[] {
  const content = `${JSON.stringify(now)}\n`;
  return before !== undefined && `${JSON.stringify(before)}\n` === content ? [] : [secret(KEPT_FILE, content)];
}

/** The token the device made for its LAN API: 32 random bytes in base64url. */
export async function madeToken(root: string): Promise<MadeValue> {
  const kept = MadeToken.safeParse((await readText(root, TOKEN_FILE))?.trim());
  if (kept.success) return { value: kept.data, files: [] };
  const value = randomBytes(32).toString("base64url");
  return { value, files: [secret(TOKEN_FILE, `${value}\n`)] };
}

/**
 * The name of a device that was given none: `berth-` and 6 hexadecimal digits, from the machine's id where it has one.
 * The id itself is not shown, as machine-id(5) asks.
 */
export async function madeName(root: string): Promise<MadeValue> {
  const kept = DeviceName.safeParse((await readText(root, NAME_FILE))?.trim());
  if (kept.success) return { value: kept.data, files: [] };
  const id = (await readText(root, "/etc/machine-id"))?.trim() ?? "";
  const seed = /^[0-9a-f]{32}$/.test(id) ? `berth device name ${id}` : randomBytes(16);
  const value = `berth-${createHash("sha256").update(seed).digest("hex").slice(0, 6)}`;
  return { value, files: [secret(NAME_FILE, `${value}\n`)] };
}

function secret(path: string, content: string): PlannedFile {
  return { path, mode: 0o600, owner: "root", content };
}

async function readText(root: string, path: string): Promise<string | undefined> {
  return readFile(join(root, path), "utf8").catch(() => undefined);
}
