/** A base: what the image is composed from, whoever built it (Debian's packages or Buildroot). */
export interface Base {
  /** Its name, as in `--base debian`. */
  readonly name: string;
  /** The architecture in Debian's words, as in the output folder's name. */
  readonly arch: "amd64";
  /** Changes whenever its content does. */
  readonly key: string;
  /** The root file system's tree; never written to once it is built. */
  readonly tree: string;
  /** The kernel's release, as under `/usr/lib/modules`. */
  readonly kernelRelease: string;
  /** The kernel image. */
  readonly kernel: string;
}
