/** A checksum in CycloneDX's words. */
export interface ComponentHash {
  readonly alg: "SHA-1" | "SHA-256" | "SHA-512";
  /** In hex. */
  readonly content: string;
}

/** A piece of software in an image. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** Its package URL (purl-spec), unique in an image. */
  readonly purl: string;
  /** Its licence as whoever packaged it wrote it; undefined where that is not known here. */
  readonly licence: string | undefined;
  /** Of what it was built from or taken out of. */
  readonly hashes: readonly ComponentHash[];
  readonly cpe?: string;
}

/** A package URL. `namespace` and qualifiers are left out where empty. Source: ECMA-427 (purl). */
export function purl(
  type: string,
  namespace: string,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string>> = {},
): string {
  const path = [type, ...(namespace === "" ? [] : [encode(namespace)]), encode(name)].join("/");
  const query = Object.entries(qualifiers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`);
  return `pkg:${path}@${encode(version)}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}
