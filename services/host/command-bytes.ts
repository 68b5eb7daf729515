import { spawn } from "node:child_process";
import { ReasonError } from "../model/reason.ts";

/** How much of a program's complaints is kept, in characters. */
const COMPLAINT = 1000;

/**
 * What a program prints, byte by byte, until it ends. Stopping early or aborting `signal` ends it with SIGKILL. Throws
 * `command-missing` when it cannot be started, and `command-failed` with its complaint for an exit code that is not in
 * `fine` (0 alone unless given).
 */
export async function* commandBytes(
  argv: readonly string[],
  options: { readonly signal?: AbortSignal; readonly fine?: readonly number[] } = {},
): AsyncGenerator<Uint8Array> {
  const { signal, fine = [0] } = options;
  signal?.throwIfAborted();
  const [file = "", ...args] = argv;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (piece: Uint8Array) => {
    if (complaint.length < COMPLAINT) complaint += new TextDecoder().decode(piece);
  });
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new ReasonError({ code: "command-missing", message: `${file} cannot be run: ${cause.message}` }, { cause }),
      ),
    );
    child.on("close", (code) => resolve(code ?? undefined));
  });
  // Looked at after the loop; until then its failure is nobody's.
  ended.catch(() => undefined);
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    for await (const piece of child.stdout) {
      if (piece instanceof Uint8Array) yield piece;
    }
    const code = await ended;
    signal?.throwIfAborted();
    if (code !== undefined && fine.includes(code)) return;
    const how = code === undefined ? "was ended" : `failed with ${code}`;
    const message = `${file} ${how}: ${complaint.trim().slice(0, COMPLAINT)}`;
    throw new ReasonError({ code: "command-failed", message });
  } finally {
    signal?.removeEventListener("abort", kill);
    child.kill("SIGKILL");
  }
}
