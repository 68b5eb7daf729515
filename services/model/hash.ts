/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): spreads names, and keeps no secrets. */
export function hash32(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
