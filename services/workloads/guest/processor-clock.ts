/** How fast an x86-64 processor counts, as the device's kernel found out. */
export interface ProcessorClock {
  /** Of its time-stamp counter. */
  readonly kilohertz: number;
  /** Of the kernel's delay loop. */
  readonly loopsPerJiffy: number;
}

/** Reads the processor's clock from the kernel's log; undefined where it does not tell of it. */
export function parseProcessorClock(log: string): ProcessorClock | undefined {
  const refined = /tsc: Refined TSC clocksource calibration: (\d+)\.(\d{3}) MHz/.exec(log);
  const [, whole, part] = refined ?? /tsc: Detected (\d+)\.(\d{3}) MHz processor/.exec(log) ?? [];
  const loops = /\(lpj=(\d+)\)/.exec(log)?.[1];
  if (whole === undefined || part === undefined || loops === undefined) return undefined;
  return { kilohertz: Number(`${whole}${part}`), loopsPerJiffy: Number(loops) };
}
