import { join } from "node:path";

/** The files a release of one board consists of. */
export interface Artifacts {
  /** The disk image, compressed. */
  readonly image: string;
  readonly blockMap: string;
  /** The update bundle. */
  readonly bundle: string;
  /** The list of components (CycloneDX). */
  readonly sbom: string;
  readonly licences: string;
  /** SHA-256 of all of the above. */
  readonly checksums: string;
  /** The signature of the checksum file. */
  readonly signature: string;
}

/** Where a release's files lie. */
export function artifactsIn(folder: string, version: string, board: string): Artifacts {
  const stem = join(folder, `berth-${version}-${board}`);
  return {
    image: `${stem}.img.xz`,
    blockMap: `${stem}.bmap`,
    bundle: `${stem}.raucb`,
    sbom: `${stem}.cdx.json`,
    licences: `${stem}.licences.txt`,
    checksums: `${stem}.sha256`,
    signature: `${stem}.sig`,
  };
}
