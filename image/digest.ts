import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** SHA-256 of a file's bytes, in hex, read as a stream so that images of any size are fine. */
export async function fileDigest(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

/** SHA-256 of several texts, each closed by a zero byte so that none can pass for another's part. */
export function textDigest(...parts: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(`${part}\0`);
  return hasher.digest("hex");
}

/** SHA-256 of folders' names, types, executable bits, link targets and contents. */
export function treeDigest(...folders: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const visit = (path: string, name: string): void => {
    const info = lstatSync(path);
    if (info.isDirectory()) {
      hasher.update(`d ${name}\0`);
      for (const entry of readdirSync(path).sort()) visit(join(path, entry), `${name}/${entry}`);
    } else if (info.isSymbolicLink()) {
      hasher.update(`l ${name}\0${readlinkSync(path)}\0`);
    } else {
      hasher.update(`f ${name}\0${info.mode & 0o111 ? "x" : "-"}${info.size}\0`);
      hasher.update(readFileSync(path));
    }
  };
  for (const [index, folder] of folders.entries()) visit(folder, String(index));
  return hasher.digest("hex");
}
