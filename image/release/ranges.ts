/** Bytes from `offset` on, in a file or partition. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Ranges widened to whole blocks (but for the file's end), sorted, and joined where they touch. */
export function joinRanges(ranges: readonly Range[], block: number, end: number): Range[] {
  const widened = ranges
    .filter(({ length }) => length > 0)
    .map(({ offset, length }) => ({
      from: Math.floor(offset / block) * block,
      to: Math.min(Math.ceil((offset + length) / block) * block, end),
    }))
    .sort((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of widened) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined.map(({ from, to }) => ({ offset: from, length: to - from }));
}

/** The same bytes in ranges of at most `longest`, cut at its multiples. */
export function splitRanges(ranges: readonly Range[], longest: number): Range[] {
  return ranges.flatMap(({ offset, length }) => {
    const parts: Range[] = [];
    for (let at = offset; at < offset + length; ) {
      const end = Math.min(offset + length, (Math.floor(at / longest) + 1) * longest);
      parts.push({ offset: at, length: end - at });
      at = end;
    }
    return parts;
  });
}

/** What lies between ranges (sorted, not touching) from 0 to `end`. */
export function gapsBetween(ranges: readonly Range[], end: number): Range[] {
  let at = 0;
  const gaps: Range[] = [];
  for (const { offset, length } of [...ranges, { offset: end, length: 0 }]) {
    if (offset > at) gaps.push({ offset: at, length: offset - at });
    at = Math.max(at, offset + length);
  }
  return gaps;
}
