import type { Component } from "./component.ts";
import type { Subject } from "./cyclonedx.ts";

const UNKNOWN = "not known to this build";

/** The licences of an image for a person: each with the components under it. */
export function licenceList(subject: Subject, components: readonly Component[]): string {
  const byLicence = Map.groupBy(components, ({ licence }) => licence ?? UNKNOWN);
  const groups = [...byLicence]
    .sort(([a], [b]) => (a === UNKNOWN ? 1 : b === UNKNOWN ? -1 : a < b ? -1 : 1))
    .map(([licence, those]) => {
      const names = those.map(({ name, version }) => `  ${name} ${version}`).sort();
      return `${licence}\n${[...new Set(names)].join("\n")}\n`;
    });
  return `Berth ${subject.version} for ${subject.board}: the licences of what is in the image\n
Berth itself is under Apache-2.0. Below, each licence as whoever packaged the software wrote it, and the software under it.\n
${groups.join("\n")}`;
}
