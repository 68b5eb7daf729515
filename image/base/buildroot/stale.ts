/**
 * Files that go into a package without Buildroot knowing: when one has changed since the package was built, its target
 * must be asked for by name. Source: The Buildroot user manual, 8.2 Understanding when a full rebuild is necessary.
 */
export interface Input {
  /** The make target that builds the package anew from there. */
  readonly target: string;
  /** Files and folders, relative to the project. */
  readonly paths: readonly string[];
}

/** The inputs of a board's configuration. */
export function inputsOf(board: string, architecture: string): Input[] {
  const common = "board/common";
  return [
    {
      target: "linux-reconfigure",
      paths: [`${common}/linux.fragment`, `${common}/linux-${architecture}.fragment`, `board/${board}/linux.fragment`],
    },
    { target: "busybox-reconfigure", paths: [`${common}/busybox.fragment`] },
    { target: "qemu-reconfigure", paths: [`${common}/qemu`] },
    { target: "grub2-reinstall", paths: ["image/boot/grub-modules.txt", "image/boot/grub-early.cfg"] },
    // The kernel that guests boot is installed by a hook of the kernel's (external.mk).
    { target: "linux-reinstall", paths: ["buildroot/external.mk"] },
    { target: "berth-guest-rebuild", paths: ["image/guest/init", "buildroot/package/berth-guest"] },
    { target: "berth-reinstall", paths: ["buildroot/package/berth"] },
  ];
}

/** Digests of inputs by their target, as they are kept beside the build. */
export type Digests = Readonly<Record<string, string>>;

/** The targets to build anew: those whose digest was another one. What was never built is built anyway. */
export function staleTargets(before: Digests, now: Digests): string[] {
  return Object.keys(now).filter((target) => before[target] !== undefined && before[target] !== now[target]);
}
