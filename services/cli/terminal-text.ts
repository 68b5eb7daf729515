// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const COLOUR_OR_CONTROL = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

/** Text from elsewhere on one line of a terminal: control characters, which could move the cursor or worse, are replaced. */
export function oneLine(text: string): string {
  return text.replaceAll(/\r?\n|\t/g, " ").replaceAll(CONTROL, "\ufffd");
}

/** A workload's own output for a terminal: colours, tabs and line ends stay, other control characters are replaced. */
export function tame(text: string): string {
  return text.replaceAll(COLOUR_OR_CONTROL, (found) => (found.endsWith("m") && found.length > 1 ? found : "\ufffd"));
}

/** How many characters of a terminal `text` takes, near enough: code points. */
export function width(text: string): number {
  return [...text].length;
}

/** `text` cut to `columns`, the cut shown. */
export function fit(text: string, columns: number): string {
  const points = [...text];
  return points.length <= columns ? text : `${points.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
