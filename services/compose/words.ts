/**
 * A command line as words, quoted as in a shell but without its expansions (compose's `command: echo "a b"`). Undefined
 * when a quote is not closed. Source: POSIX.1-2024 §2.2 Quoting.
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word += character;
    } else if (quote === '"') {
      const next = line[at + 1] ?? "";
      if (character === '"') quote = undefined;
      else if (character === "\\" && '$`"\\\n'.includes(next) && next !== "") {
        if (next !== "\n") word += next;
        at++;
      } else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\") {
      at++;
      if (line[at] !== "\n") word = (word ?? "") + (line[at] ?? "");
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
