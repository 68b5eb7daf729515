import type { ProcessorClock } from "./processor-clock.ts";

/**
 * What a guest's kernel is told (kernel-parameters.txt). Whatever ends it, a panic or its own wish, ends QEMU (`-no-reboot`).
 *
 * @param options.clock the device's own, which saves the guest measuring its processor's: under load it may hang at that
 */
export function kernelArguments(options: {
  readonly architecture: "x64" | "arm64";
  readonly layers: number;
  readonly clock: ProcessorClock | undefined;
}): string {
  const { architecture, layers, clock } = options;
  const console = architecture === "x64" ? "console=ttyS0 8250.nr_uarts=1 reboot=t" : "console=ttyAMA0";
  const calibrated = clock === undefined ? "" : ` tsc_early_khz=${clock.kilohertz} lpj=${clock.loopsPerJiffy}`;
  return `${console} quiet panic=-1${architecture === "x64" ? calibrated : ""} berth.layers=${layers}`;
}
