import type { Exit } from "../../supervisor/ports.ts";
import { parseExit } from "../instance/observation.ts";
import { parseResult } from "./result.ts";

/** A line on its own: after it comes what the guest wrote. */
const MARK = "\nguest\n";

/** Whether a note of an end is a guest's. */
export function isGuestNote(text: string): boolean {
  return text.includes(MARK);
}

/**
 * Reads the note a guest's end script leaves: that of QEMU's own end as every workload's, then what the guest wrote. A guest that
 * wrote nothing died, of itself or with its QEMU.
 */
export function parseGuestExit(text: string): Exit | undefined {
  const [head = "", said = ""] = text.split(MARK, 2);
  const qemu = parseExit(head);
  if (qemu === undefined) return undefined;
  const memory = qemu.memory === undefined ? {} : { memory: qemu.memory };
  const result = parseResult(said.split("\n"));
  switch (result?.kind) {
    case "ended":
      return { ...result.exit, ...memory };
    case "failed":
      return { code: undefined, signal: undefined, result: "start-failed", detail: result.message, ...memory };
    case undefined:
      if (qemu.result === "success") return { code: undefined, signal: undefined, result: "guest-died", ...memory };
      if (qemu.result === "exit-code") return { code: undefined, signal: undefined, result: "qemu-failed", ...memory };
      return qemu;
  }
}
