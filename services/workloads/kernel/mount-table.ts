import { readFileSync } from "node:fs";

/** One mount of this process's mount namespace. */
export interface Mount {
  readonly target: string;
  readonly type: string;
  readonly source: string;
}

/** Reads /proc/self/mountinfo. Source: proc_pid_mountinfo(5); blanks in paths are octal escapes. */
export function parseMountTable(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after] = line.split(" - ");
    const target = before.split(" ")[4];
    const [type, source] = after?.split(" ") ?? [];
    if (target === undefined || type === undefined || source === undefined) return [];
    return [{ target: unescapeOctal(target), type, source: unescapeOctal(source) }];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The mounts of this process's mount namespace, in the order they were made. */
export function mountTable(): Mount[] {
  return parseMountTable(readFileSync("/proc/self/mountinfo", "utf8"));
}
