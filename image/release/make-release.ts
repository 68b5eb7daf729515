import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { formatBlockMap } from "../../services/flash/block-map.ts";
import { formatChecksums } from "../../services/flash/checksums.ts";
import { signRelease } from "../../services/keys/release-signature.ts";
import { fileDigest } from "../digest.ts";
import type { Keys } from "../keys.ts";
import { PROJECT } from "../paths.ts";
import type { Progress } from "../progress.ts";
import { type Artifacts, artifactsIn } from "./artifacts.ts";
import { compress } from "./compress.ts";
import { makeBlockMap } from "./make-block-map.ts";
import { buildrootComponents } from "./sbom/buildroot.ts";
import type { Component } from "./sbom/component.ts";
import { cycloneDx } from "./sbom/cyclonedx.ts";
import { debianComponents } from "./sbom/debian.ts";
import { licenceList } from "./sbom/licence-list.ts";
import { npmComponents } from "./sbom/npm.ts";

/** Where the list of an image's packages comes from. */
export type PackageSource =
  /** A Debian root file system's tree. */
  | { readonly base: "debian"; readonly tree: string }
  /** The file `make show-info` printed into, and the Buildroot tree its paths are relative to. */
  | { readonly base: "buildroot"; readonly showInfo: string; readonly buildroot: string };

/** What a release is made of. */
export interface ReleaseOptions {
  /** The disk image, unpacked. */
  readonly disk: string;
  readonly version: string;
  readonly board: string;
  /** When the sources were committed, RFC 3339. */
  readonly date: string;
  readonly packages: PackageSource;
  /** The npm package of the run time in the executable. */
  readonly runtime: string;
  /** Writes the update bundle. */
  writeBundle(path: string): Promise<void>;
  /** The folder that gets the files. */
  readonly out: string;
  readonly keys: Pick<Keys, "releaseKey">;
}

/** Writes a release's files. The checksum file and its signature come last: with them the release is whole. */
export async function makeRelease(options: ReleaseOptions, progress: Progress): Promise<Artifacts> {
  const { disk, version, board, out } = options;
  const artifacts = artifactsIn(out, version, board);
  mkdirSync(out, { recursive: true });
  for (const path of Object.values(artifacts)) rmSync(path, { force: true });
  await progress.step("Block map", async () =>
    writeFileSync(artifacts.blockMap, formatBlockMap(await makeBlockMap(disk))),
  );
  await progress.step("Compressed image", (report) => compress(disk, artifacts.image, report));
  await progress.step("Components and licences", async () => writeComponents(artifacts, options));
  await progress.step("Update bundle", () => options.writeBundle(artifacts.bundle));
  await progress.step("Checksums and signature", () => sign(artifacts, options.keys));
  return artifacts;
}

function writeComponents(artifacts: Artifacts, options: ReleaseOptions): void {
  const components = [...packagesOf(options.packages), ...executableParts(options.runtime)];
  writeFileSync(artifacts.sbom, `${JSON.stringify(cycloneDx(options, components), null, 2)}\n`);
  writeFileSync(artifacts.licences, licenceList(options, components));
}

function packagesOf(source: PackageSource): Component[] {
  switch (source.base) {
    case "debian":
      return debianComponents(source.tree);
    case "buildroot":
      return buildrootComponents(readFileSync(source.showInfo, "utf8"), source.buildroot);
  }
}

function executableParts(runtime: string): Component[] {
  const lock = readFileSync(join(PROJECT, "bun.lock"), "utf8");
  return npmComponents(lock, join(PROJECT, "node_modules"), runtime);
}

async function sign(artifacts: Artifacts, keys: ReleaseOptions["keys"]): Promise<void> {
  const { checksums, signature, ...files } = artifacts;
  const sums = new Map<string, string>();
  for (const path of Object.values(files)) sums.set(basename(path), await fileDigest(path));
  const text = formatChecksums(sums);
  writeFileSync(signature, signRelease(Buffer.from(text), readFileSync(keys.releaseKey, "utf8")));
  writeFileSync(checksums, text);
}
