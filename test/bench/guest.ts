import type { Machine } from "../rig/machine.ts";

/** Runs a shell command in the guest that must succeed, and gives what it printed. */
export async function mustExec(machine: Machine, command: string, timeout = 120_000): Promise<string> {
  const { code, stdout, stderr } = await machine.exec(command, timeout);
  if (code !== 0) throw new Error(`${command}: exit code ${code}\n${stderr || stdout}`);
  return stdout;
}

/** Bytes of base64 an argument of one command may carry. */
const PIECE = 60_000;

/** Writes a file in the guest. */
export async function putFile(machine: Machine, path: string, text: string): Promise<void> {
  const base64 = Buffer.from(text).toString("base64");
  await mustExec(machine, `: >${path}`);
  for (let at = 0; at < base64.length; at += PIECE) {
    await mustExec(machine, `printf %s ${base64.slice(at, at + PIECE)} | base64 -d >>${path}`);
  }
}

/** A program as one JavaScript file for the guest, where `BUN_BE_BUN=1 berth` runs it. */
export async function bundleOf(path: string): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [path], target: "bun", minify: true });
  const [output] = outputs;
  if (output === undefined) throw new Error(`${path} gave no bundle`);
  return output.text();
}
