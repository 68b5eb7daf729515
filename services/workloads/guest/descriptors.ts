/** A file that systemd opens for QEMU before anything is shut off from it (systemd.service(5), OpenFile=). */
export interface OpenedFile {
  readonly path: string;
  readonly readOnly: boolean;
}

/** systemd's first descriptor; the others follow in order (sd_listen_fds(3)). */
const FIRST = 3;

/** Files to be opened for a process, and the descriptors they will have in it. */
export class Descriptors {
  readonly files: OpenedFile[] = [];

  /** Adds a file and gives its descriptor. */
  add(path: string, how: "read-only" | "read-write"): number {
    this.files.push({ path, readOnly: how === "read-only" });
    return FIRST + this.files.length - 1;
  }
}
