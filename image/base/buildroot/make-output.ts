/** A package at a step, as Buildroot announces it: `>>> systemd 256.17 Building`. */
export interface PackageStep {
  readonly name: string;
  /** Empty where a package has none of its own. */
  readonly version: string;
  readonly step: string;
}

/**
 * The step a line of make's output announces. It may stand behind half a line of another package, since several are
 * built at once. Source: the macro MESSAGE of Buildroot's package/pkg-utils.mk.
 */
export function packageStep(line: string): PackageStep | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's bold or reverse, on and off
  const plain = line.replace(/\u001b\[[0-9;]*m/gu, "");
  const [, name, version, step] = />>> (\S+) (\S*) ([A-Z].*)$/u.exec(plain) ?? [];
  if (name === undefined || version === undefined || step === undefined) return undefined;
  return { name, version, step: step.trim() };
}

/** Lines of make's output that say why it ended, the last ones first to be asked for; empty when none does. */
export function failures(output: string, most = 5): string[] {
  const said = output
    .split("\n")
    .filter((line) => /\*\*\* .*(?:Error \d+|Stop\.)|^\S+:\d+: CONFIG_\w+ is /u.test(line));
  return said.slice(-most);
}
