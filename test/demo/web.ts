import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Progress } from "../../image/progress.ts";
import type { Appliance } from "../rig/appliance.ts";

/** The manifest that is the README's example. */
export const MANIFEST = join(import.meta.dirname, "../../docs/examples/web.yaml");
const PAGE = /Berth/;

/** The main job: one order over the fleet, followed to its end on the terminal, and the page it brings. */
export async function runWeb(appliance: Appliance, progress: Progress): Promise<void> {
  progress.note(`$ berth apply docs/examples/web.yaml --device ${appliance.device}`);
  const code = await onTerminal(appliance, ["apply", MANIFEST, "--device", appliance.device]);
  if (code !== 0) throw new Error(`berth apply ended with ${code}`);
  progress.note(`$ curl ${appliance.webAddress}`);
  const page = await fetchPage(appliance);
  progress.note(
    page
      .replaceAll(/<style[\s\S]*?<\/style>|<[^>]+>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
}

/** The page of the example's workload, through the published port. */
export async function fetchPage(appliance: Appliance): Promise<string> {
  const response = await fetch(appliance.webAddress, { signal: AbortSignal.timeout(20_000) });
  const page = await response.text();
  if (!response.ok || !PAGE.test(page))
    throw new Error(`status ${response.status}, not the page: ${page.slice(0, 200)}`);
  return page;
}

/** Runs the client with this terminal, so that a person sees its live progress line. */
function onTerminal(appliance: Appliance, argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...appliance.fleet.environment };
    const child = spawn(appliance.prepared.executable, [...argv], { env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
