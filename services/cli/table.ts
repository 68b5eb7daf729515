import { width } from "./terminal-text.ts";

/** Lays rows out in columns under a heading, two spaces between; columns empty in every row are left out. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const used = heading.map((_, column) => rows.length === 0 || rows.some((row) => (row[column] ?? "") !== ""));
  const lines = [heading, ...rows].map((row) => heading.map((_, column) => row[column] ?? ""));
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  return lines.map((line) =>
    line
      .map((cell, column) => ({ text: cell + " ".repeat((widths[column] ?? 0) - width(cell)), column }))
      .filter(({ column }) => used[column])
      .map(({ text }) => text)
      .join("  ")
      .trimEnd(),
  );
}
