import type { FileHandle } from "node:fs/promises";

const BLOCK = 64 * 1024;
const NEWLINE = 10;

/** Where in a file its last lines begin, and how many there are; fewer than asked for when it holds no more. */
export async function startOfTail(file: FileHandle, lines: number): Promise<{ offset: number; lines: number }> {
  const { size } = await file.stat();
  const block = new Uint8Array(BLOCK);
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // The line end at the very end of the file ends its last line, and begins none.
      if (block[at] !== NEWLINE || start + at === size - 1) continue;
      if (++found === lines) return { offset: start + at + 1, lines };
    }
    end = start;
  }
  return { offset: 0, lines: size > 0 ? found + 1 : 0 };
}

/** Lines of a file from an offset to its present end, without their line ends; what has none yet is left for later. */
export async function* linesFrom(
  file: FileHandle,
  offset: number,
): AsyncGenerator<{ readonly text: string; readonly next: number }> {
  const block = new Uint8Array(BLOCK);
  let rest: Uint8Array = new Uint8Array();
  let at = offset;
  let next = offset;
  for (;;) {
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      next += end - from + 1;
      yield { text: bytes.toString("utf8", from, end), next };
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}
