/** A processor architecture, in uname's words. */
export type Architecture = "x86_64" | "aarch64";

/** What others call an architecture, and what only it needs. */
export interface ArchitectureNames {
  /** Debian's and OCI's word. */
  readonly debian: "amd64" | "arm64";
  /** The npm package with the run time that goes into the executable. */
  readonly bunPackage: string;
  /** What Bun compiles for: the bundler writes `process.arch` of this target into the code. */
  readonly bunTarget: string;
  /** The file that firmware looks for on a removable disk (UEFI specification, 3.5.1.1). */
  readonly efiFile: string;
  /** GRUB's platform, as in `grub-mkimage --format`. */
  readonly grubPlatform: string;
  /** The GPT type of a root partition (Discoverable Partitions Specification). */
  readonly gptRoot: string;
  /** The kernel's build product that UEFI can start. */
  readonly kernelImage: string;
  /** The emulator. */
  readonly qemu: string;
}

/** Each architecture's other names. */
export const ARCHITECTURES: Readonly<Record<Architecture, ArchitectureNames>> = {
  x86_64: {
    debian: "amd64",
    // The baseline build, since emulated and older CPUs lack AVX2.
    bunPackage: "@oven/bun-linux-x64-baseline",
    bunTarget: "bun-linux-x64-baseline",
    efiFile: "BOOTX64.EFI",
    grubPlatform: "x86_64-efi",
    gptRoot: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    kernelImage: "bzImage",
    qemu: "qemu-system-x86_64",
  },
  aarch64: {
    debian: "arm64",
    bunPackage: "@oven/bun-linux-aarch64",
    bunTarget: "bun-linux-arm64",
    efiFile: "BOOTAA64.EFI",
    grubPlatform: "arm64-efi",
    gptRoot: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
    kernelImage: "vmlinuz.efi",
    qemu: "qemu-system-aarch64",
  },
};

/** Whether a word is one of ours for an architecture. */
export function isArchitecture(word: string): word is Architecture {
  return Object.hasOwn(ARCHITECTURES, word);
}
