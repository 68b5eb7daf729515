/**
 * Attributes of netlink messages: length and type in 16 bits each, then the value, to a multiple of four bytes. All
 * numbers are in the CPU's order, little-endian on every board Berth knows. Source: netlink(7), linux/netlink.h.
 */

const ALIGNMENT = 4;

/** Of a value that is attributes itself. */
export const NESTED = 0x8000;

/** One attribute. */
export function attribute(type: number, ...values: readonly Uint8Array[]): Uint8Array {
  const value = concatenated(values);
  const bytes = new Uint8Array(aligned(4 + value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** A text that ends with a zero byte. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

export function number32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function number8(value: number): Uint8Array {
  return new Uint8Array([value]);
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
