import { failure, type Result, success } from "../model/result.ts";

/** SHA-256 sums in hex, by file name. */
export type Checksums = ReadonlyMap<string, string>;

/** Writes checksums as sha256sum(1) reads them, sorted by name. */
export function formatChecksums(checksums: Checksums): string {
  const lines = [...checksums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sha256]) => `${sha256}  ${name}\n`);
  return lines.join("");
}

/** Reads what sha256sum(1) or a release wrote: names only, no paths. Fails with `checksums-invalid`. */
export function parseChecksums(text: string): Result<Checksums> {
  const checksums = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, sha256, name] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) {
      return failure({
        code: "checksums-invalid",
        message: "the checksum file has a line that is none",
        value: line.slice(0, 200),
        allowed: "lines of 64 hexadecimal digits, two spaces and a file name without a path",
      });
    }
    checksums.set(name, sha256);
  }
  return success(checksums);
}
