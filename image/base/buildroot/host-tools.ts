/** A program that Buildroot takes from the host, and the Debian package that has it. */
export interface HostTool {
  readonly program: string;
  readonly debian: string;
}

/** What Buildroot does not build itself. Source: The Buildroot user manual, 2.1 Mandatory packages. */
const HOST_TOOLS: readonly HostTool[] = [
  { program: "make", debian: "make" },
  { program: "gcc", debian: "gcc" },
  { program: "g++", debian: "g++" },
  { program: "ld", debian: "binutils" },
  { program: "awk", debian: "mawk" },
  { program: "bash", debian: "bash" },
  { program: "bc", debian: "bc" },
  { program: "bzip2", debian: "bzip2" },
  { program: "cmp", debian: "diffutils" },
  { program: "cpio", debian: "cpio" },
  { program: "file", debian: "file" },
  { program: "find", debian: "findutils" },
  { program: "git", debian: "git" },
  { program: "gzip", debian: "gzip" },
  { program: "patch", debian: "patch" },
  { program: "python3", debian: "python3" },
  { program: "rsync", debian: "rsync" },
  { program: "sed", debian: "sed" },
  { program: "tar", debian: "tar" },
  { program: "unzip", debian: "unzip" },
  { program: "wget", debian: "wget" },
  { program: "which", debian: "debianutils" },
  { program: "xz", debian: "xz-utils" },
  // prove comes with the whole of Perl, whose modules Buildroot asks for; perl-base has not enough of them.
  { program: "prove", debian: "perl" },
];

/** Throws an Error that names the Debian packages to install when the host lacks a tool. */
export function requireHostTools(isThere: (program: string) => boolean): void {
  const missing = HOST_TOOLS.filter(({ program }) => !isThere(program));
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(", ");
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(" ");
  throw new Error(`Buildroot needs ${programs} of this host: apt-get install ${packages}`);
}
