import type { Progress } from "../../image/progress.ts";
import type { Appliance } from "../rig/appliance.ts";
import type { CliOptions, CliResult } from "../rig/cli.ts";
import { fetchPage, MANIFEST } from "./web.ts";

type Run = (argv: readonly string[], options?: CliOptions) => Promise<CliResult>;

/** Asserts that every client command works, over the fleet and over the LAN, with the same words. */
export async function checkMainJob(appliance: Appliance, progress: Progress): Promise<void> {
  await checkCommands("fleet", (argv, options) => appliance.overFleet(argv, options), appliance, progress);
  await progress.step("lan: apply", async () => {
    expectCode(await appliance.overLan(["apply", MANIFEST]), 0);
    await fetchPage(appliance);
  });
  await checkCommands("lan", (argv, options) => appliance.overLan(argv, options), appliance, progress);
}

/** Goes through the commands with the example's workload running, and ends with it removed. */
async function checkCommands(way: string, run: Run, appliance: Appliance, progress: Progress): Promise<void> {
  const step = (name: string, work: () => Promise<void>) => progress.step(`${way}: ${name}`, work);
  await step("ps", async () => expectOutput(await run(["ps"]), /web .*running/));
  await step("exec", async () => {
    expectOutput(await run(["exec", "web", "--", "cat", "/etc/hostname"]), /^web$/m);
    expectCode(await run(["exec", "web", "--", "sh", "-c", "exit 7"]), 7);
  });
  await step("logs -f", async () => {
    // Follows until the request is seen, then gets Ctrl-C, as from a person.
    const request = /GET \/ HTTP/;
    const following = run(["logs", "-f", "web"], { timeout: 30_000, until: request });
    await fetchPage(appliance);
    const { stdout } = await following;
    if (!request.test(stdout)) throw new Error(`no line about the request:\n${stdout}`);
  });
  await step("stats", async () => {
    expectOutput(await run(["stats", "--no-stream", "web"]), /^web +\d+\.\d \/ 50 .* \/ 128\.0 MiB /m);
  });
  await step("image ls, volume ls", async () => {
    expectOutput(await run(["image", "ls"]), /nginx:1 .* web$/m);
    expectOutput(await run(["volume", "ls"]), /^No volumes\.$/m);
  });
  await step("stop", async () => {
    expectCode(await run(["stop", "web"]), 0);
    if (await answers(appliance)) throw new Error("the page still answers");
  });
  await step("start", async () => {
    expectCode(await run(["start", "web"]), 0);
    await fetchPage(appliance);
  });
  await step("restart", async () => expectCode(await run(["restart", "web"]), 0));
  await step("events", async () => expectOutput(await run(["events"]), /web/));
  await step("remove", async () => {
    expectCode(await run(["remove", "web"]), 0);
    if (/web/.test((await run(["ps"])).stdout)) throw new Error("ps still lists it");
  });
}

async function answers(appliance: Appliance): Promise<boolean> {
  try {
    await fetchPage(appliance);
    return true;
  } catch {
    return false;
  }
}

function expectCode(result: CliResult, code: number): void {
  if (result.code !== code) {
    throw new Error(`exit code ${result.code}, not ${code}\n${result.stdout}${result.stderr}`);
  }
}

function expectOutput(result: CliResult, pattern: RegExp): void {
  expectCode(result, 0);
  if (!pattern.test(result.stdout)) throw new Error(`nothing like ${pattern} in:\n${result.stdout}`);
}
