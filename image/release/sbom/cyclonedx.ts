import { createHash } from "node:crypto";
import { type Component, purl } from "./component.ts";
import { isSpdx } from "./spdx.ts";

/** What a list of components is of. */
export interface Subject {
  readonly version: string;
  readonly board: string;
  /** RFC 3339. */
  readonly date: string;
}

/**
 * The components of an image as a CycloneDX 1.6 document, sorted, the same for the same components. Source: CycloneDX 1.6
 * JSON schema.
 */
export function cycloneDx(subject: Subject, components: readonly Component[]): object {
  const self = purl("generic", "", "berth", subject.version, { board: subject.board });
  const sorted = [...components].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(JSON.stringify([subject, sorted])),
    version: 1,
    metadata: {
      timestamp: subject.date,
      lifecycles: [{ phase: "build" }],
      component: {
        type: "operating-system",
        "bom-ref": self,
        name: "berth",
        version: subject.version,
        purl: self,
        description: `Berth for ${subject.board}`,
        licenses: licences("Apache-2.0"),
      },
    },
    components: sorted.map((component) => ({
      type: "library",
      "bom-ref": component.purl,
      name: component.name,
      version: component.version,
      purl: component.purl,
      ...(component.cpe === undefined ? {} : { cpe: component.cpe }),
      ...(component.licence === undefined ? {} : { licenses: licences(component.licence) }),
      ...(component.hashes.length === 0 ? {} : { hashes: component.hashes }),
    })),
    dependencies: [{ ref: self, dependsOn: sorted.map((component) => component.purl) }],
  };
}

function licences(text: string): object[] {
  if (/^\(.* (OR|AND) .*\)$/.test(text)) return [{ expression: text }];
  return partsOf(text).map((part) => ({ license: isSpdx(part) ? { id: part } : { name: part } }));
}

/** Licences with commas between, but for commas in brackets, as Buildroot has them: `GPL-2.0+ (tool, tests), MIT`. */
function partsOf(text: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const letter of text) {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** A UUID of its content (RFC 9562 version 8), so that the same release has the same. */
function serialNumber(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const variant = (Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8;
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant.toString(16)}${hex.slice(17, 20)}`,
  ];
  return `urn:uuid:${[...groups, hex.slice(20, 32)].join("-")}`;
}
