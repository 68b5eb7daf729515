import { contract, type Operation } from "../model/contract.ts";

/** Of an operation with a stream of bytes: which way they go. */
export type ByteWay = "in" | "out";

const OPERATIONS = Object.values<Operation>(contract).flatMap(({ method, path, body, response }) => {
  const ways: ByteWay[] = [
    ...(body === "octets" ? ["in" as const] : []),
    ...(response === "octets" ? ["out" as const] : []),
  ];
  const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  return ways.map((way) => ({ method: method.toUpperCase(), pattern, way }));
});

/**
 * Which way a request's bytes go; undefined for one with JSON. Such a body has no bound worth setting, and such a request
 * may be silent for long: between an archive's last byte and its answer, or while the other end writes to a slow disk.
 */
export function byteWayOf(method: string, pathname: string): ByteWay | undefined {
  return OPERATIONS.find((one) => one.method === method && one.pattern.test(pathname))?.way;
}
