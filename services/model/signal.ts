/** Signal numbers of Linux on x86-64 and arm64. Source: signal(7). */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  [
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT",
    "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS",
  ]
    .join(" ")
    .split(" ")
    .map((name, index) => [name, index + 1]),
);
const RTMIN = 34;
const RTMAX = 64;

/** The number of a signal written as `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3` or `SIGRTMAX-1`; undefined when it is none. */
export function signalNumber(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) return inRange(Number(text));
  const name = text.toUpperCase().replace(/^SIG/, "");
  const [, base, sign, offset = "0"] = /^(RTMIN|RTMAX)(?:([+-])([0-9]+))?$/.exec(name) ?? [];
  if (base !== undefined) {
    const number = (base === "RTMIN" ? RTMIN : RTMAX) + (sign === "-" ? -1 : 1) * Number(offset);
    return number < RTMIN ? undefined : inRange(number);
  }
  return NUMBERS.get(name);
}

/** The name of a signal, such as SIGTERM; undefined where Linux has none of that number. */
export function signalName(number: number): string | undefined {
  for (const [name, known] of NUMBERS) if (known === number) return `SIG${name}`;
  if (inRange(number) === undefined || number < RTMIN) return undefined;
  return number === RTMIN ? "SIGRTMIN" : `SIGRTMIN+${number - RTMIN}`;
}

function inRange(number: number): number | undefined {
  return number >= 1 && number <= RTMAX ? number : undefined;
}
