/** The eight groups of a valid IPv6 address, hexadecimal as they are written, `::` written out (RFC 4291, 2.2). */
export function ip6Groups(address: string): string[] {
  const [left = [], right = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right];
}
