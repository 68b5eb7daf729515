import { readFileSync } from "node:fs";

/** Ticks a second of Debian's kernel (CONFIG_HZ). */
const HZ = 250;

/**
 * What spares a guest the measuring of its clock, which under load never ends on some hosts: how fast this host's counts.
 * Source: kernel-parameters.txt, tsc_early_khz= and lpj=.
 */
export function clockArguments(cpuinfo: string = readFileSync("/proc/cpuinfo", "utf8")): string {
  const megahertz = Number(/^cpu MHz\s*:\s*([\d.]+)/mu.exec(cpuinfo)?.[1] ?? "1000");
  const kilohertz = Math.round(megahertz * 1000);
  return `tsc_early_khz=${kilohertz} lpj=${Math.round((kilohertz * 1000) / HZ)}`;
}
