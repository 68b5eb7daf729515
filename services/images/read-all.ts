/** More bytes came than were to be taken. */
export class TooManyBytes extends Error {
  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.name = "TooManyBytes";
  }
}

/** All of `source` in one piece; throws {@link TooManyBytes} beyond `limit`. */
export async function readAll(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limit) throw new TooManyBytes(limit);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
