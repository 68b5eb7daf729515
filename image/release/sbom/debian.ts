import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Component, purl } from "./component.ts";

/** The installed packages of a Debian root file system's tree, by dpkg's own list. */
export function debianComponents(tree: string): Component[] {
  const release = readFileSync(join(tree, "usr/lib/os-release"), "utf8");
  const distribution = `debian-${/^VERSION_ID="?(\d+)"?$/m.exec(release)?.[1] ?? "unknown"}`;
  return parseStatus(readFileSync(join(tree, "var/lib/dpkg/status"), "utf8")).map(({ name, version, architecture }) => {
    const copyright = join(tree, "usr/share/doc", name, "copyright");
    return {
      name,
      version,
      purl: purl("deb", "debian", name, version, { arch: architecture, distro: distribution }),
      licence: existsSync(copyright) ? licencesOf(readFileSync(copyright, "utf8")) : undefined,
      hashes: [],
    };
  });
}

interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** The packages that dpkg(1)'s status file has as installed. */
export function parseStatus(text: string): DebianPackage[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1];
    const [name, version, architecture] = [field("Package"), field("Version"), field("Architecture")];
    const installed = field("Status")?.endsWith(" installed") === true;
    if (!installed || name === undefined || version === undefined || architecture === undefined) return [];
    return [{ name, version, architecture }];
  });
}

/** The licences a machine-readable copyright file names (DEP-5); undefined for one in free text. */
export function licencesOf(copyright: string): string | undefined {
  if (!copyright.startsWith("Format:")) return undefined;
  const names = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gm)].map(([, name = ""]) => name.trim());
  return names.length === 0 ? undefined : [...new Set(names)].sort().join(", ");
}
