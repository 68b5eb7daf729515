import type { Architecture } from "../architecture.ts";

/** A base: what the image is composed from, whoever built it (Debian's packages or Buildroot). */
export interface Base {
  /** Its name, as in `--base debian`. */
  readonly name: string;
  readonly arch: Architecture;
  /** The board it was built for: a folder of `board/`. */
  readonly board: string;
  /** Changes whenever its content does. */
  readonly key: string;
  /** The root file system's tree; never written to once it is built. */
  readonly tree: string;
  /** Files and folders of the tree that only the build needs: left out of the root file system. */
  readonly strip: readonly string[];
  /** The kernel image, one that UEFI can start. */
  readonly kernel: string;
  /** What the initrd is made of, where the kernel does not reach its root file system by itself. */
  readonly initrd: InitrdParts | undefined;
  /** What micro-VMs boot. */
  readonly guest: GuestParts;
  /** GRUB as one EFI file, with the modules of `image/boot/grub-modules.txt` and the prefix /EFI/BOOT. */
  readonly bootLoader: string;
  /** How `mkfs.erofs` is run on this host, in the version that belongs to the base's kernel. */
  readonly mkfsErofs: readonly string[];
  /** How `systemd-sysusers` is run on this host (`--root=` follows), where the base does not make our users itself. */
  readonly sysusers: readonly string[] | undefined;
}

/** What an initrd is made of. */
export interface InitrdParts {
  /** The kernel's modules, with `modules.dep`. */
  readonly modules: string;
  /** A static busybox. */
  readonly busybox: string;
  /** `dmsetup`, `findfs` and the libraries they load, as absolute paths in the tree. */
  readonly programs: readonly string[];
}

/** What a micro-VM's kernel and initramfs are made of. */
export interface GuestParts {
  /** A kernel image that QEMU starts by itself. */
  readonly kernel: string;
  /** The compiled first process, as an absolute path in the tree; undefined where it is compiled on this host. */
  readonly init: string | undefined;
  /** crun and the libraries it loads, as absolute paths in the tree. */
  readonly programs: readonly string[];
  /** A static init for workloads, as an absolute path in the tree. */
  readonly tini: string;
  /** The kernel's modules, with `modules.dep`; undefined where all that a guest needs is built in. */
  readonly modules: string | undefined;
}
