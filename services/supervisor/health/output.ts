/** Most of a probe's output that is kept, in characters. */
const MOST = 300;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const BLANKS = /[\u0000-\u0020\u007f-\u009f]+/g;

/**
 * What a probe heard of a workload, fit for a status line: one line, without control characters, which could steer the
 * terminal that shows it, and short. Empty when it heard nothing.
 */
function shownOutput(text: string): string {
  const line = text.replaceAll(BLANKS, " ").trim();
  return line.length <= MOST ? line : `${line.slice(0, MOST)}…`;
}

/** A sentence with what was heard behind it, if anything was. */
export function withOutput(sentence: string, text: string): string {
  const shown = shownOutput(text);
  return shown === "" ? sentence : `${sentence}: ${shown}`;
}
