/** `modules.dep` read: each module's file, below its kernel's module folder, and the files it needs. */
export type ModuleDependencies = ReadonlyMap<string, readonly string[]>;

/** Reads depmod's `modules.dep`. */
export function parseModulesDep(text: string): ModuleDependencies {
  const files = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    const [file, needs] = line.split(":");
    if (file && needs !== undefined)
      files.set(
        file,
        needs.split(" ").filter((need) => need !== ""),
      );
  }
  return files;
}

/** A module's name as the kernel has it: `kernel/fs/erofs/erofs.ko.xz` is `erofs`. */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf("/") + 1);
  return base.replace(/\.ko(\.\w+)?$/u, "").replaceAll("-", "_");
}

/**
 * The files to load, in order, for the named modules. A name that is no module (built into the
 * kernel, or not in this one) is passed over: the same list serves all kernels.
 */
export function loadOrder(dependencies: ModuleDependencies, names: readonly string[]): string[] {
  const order: string[] = [];
  for (const name of names) {
    const wanted = name.replaceAll("-", "_");
    const file = [...dependencies.keys()].find((candidate) => moduleName(candidate) === wanted);
    if (file === undefined) continue;
    // depmod lists all that a module needs, nearest first: the reverse is the order to load in.
    for (const needed of [...(dependencies.get(file) ?? [])].reverse()) {
      if (!order.includes(needed)) order.push(needed);
    }
    if (!order.includes(file)) order.push(file);
  }
  return order;
}
