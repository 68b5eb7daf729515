import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Configuration } from "../../model/configuration.ts";
import { type Reason, reasonOf } from "../../model/reason.ts";
import { readRelease } from "../device-facts.ts";
import type { Log } from "../log.ts";
import { chooseConfiguration } from "./choose.ts";
import { bannerLines, problemSentence, writeConsole } from "./console.ts";
import { keptFile, madeName, madeToken, readKept } from "./keep.ts";
import { configurationPlan, DATA_DIRECTORIES, hostNameOf, type PlanInput } from "./plan.ts";
import { type Drives, readPlaces, systemDrives } from "./read.ts";
import { makeDirectories, readOwners, writeFiles, writePlan, writeProblem } from "./write.ts";

/** Where a configuration is applied, and by what. */
export interface ApplyOptions {
  readonly log: Log;
  /** Stands before every path. */
  readonly root?: string;
  readonly drives?: Drives;
}

/** What came of it. */
export type Applied = Pick<PlanInput, "device" | "source" | "problems">;

const HOST_NAME_FILE = "/proc/sys/kernel/hostname";
const CONSOLE = "/dev/console";

/**
 * `berth config apply`, once a boot and before every other service: finds the first-boot configuration, keeps a good
 * one, and writes for each service what it needs, the network's files, the host name and the data partition's
 * directories. Never throws: what fails is among the problems, in the log and on the console, and the boot goes on with
 * the last good configuration or with defaults.
 */
export async function applyConfiguration(options: ApplyOptions): Promise<Applied> {
  try {
    return await apply(options);
  } catch (error) {
    options.log.error("the configuration was not applied", { error });
    return { device: "", source: "none", problems: [reasonOf(error)] };
  }
}

async function apply({ log, root = "/", drives = systemDrives }: ApplyOptions): Promise<Applied> {
  const owners = await readOwners(root);
  const unmade = await makeDirectories(root, DATA_DIRECTORIES, owners);
  const { kept, problems: unread } = await readKept(root);
  const { source, configuration, problems: found } = chooseConfiguration(await readPlaces(root, drives), kept);
  const unkept = source === "drive" || source === "partition" ? keptFile({ from: source, configuration }, kept) : [];
  const made = await identity(root, configuration);
  const { device, token } = made;
  const unwritten = [
    ...(await writeFiles(root, [...unkept, ...made.files], owners)),
    ...(await setHostName(root, hostNameOf({ device, configuration }))),
  ];

  const first: PlanInput = {
    device,
    source,
    configuration,
    token,
    problems: [...unmade, ...unread, ...found, ...unwritten],
  };
  const failed = await writePlan(root, configurationPlan(first), owners);
  const problems = [...first.problems, ...failed];
  // Once more, so that the supervisor can tell of what failed.
  if (failed.length > 0) await writePlan(root, configurationPlan({ ...first, problems }), owners);

  for (const problem of problems) log.warning(problemSentence(problem), { code: problem.code });
  log.info("configured", { device, source });
  const version = await readRelease(root).then(
    (release) => release.version,
    () => "of unknown version",
  );
  const banner = bannerLines({ device, version, source, problems, madeToken: made.madeToken });
  await writeConsole(join(root, CONSOLE), banner).catch((error) => log.info("no console to write to", { error }));
  return { device, source, problems };
}

/** Name and token: the configured ones, or those the device made for itself, with the files that keep them. */
async function identity(root: string, configuration: Configuration | undefined) {
  const name = configuration === undefined ? await madeName(root) : { value: configuration.device, files: [] };
  const configured = configuration?.admin?.token;
  const token = configured === undefined ? await madeToken(root) : { value: configured, files: [] };
  return {
    device: name.value,
    token: token.value,
    madeToken: configured === undefined ? token.value : undefined,
    files: [...name.files, ...token.files],
  };
}

async function setHostName(root: string, name: string): Promise<Reason[]> {
  try {
    await writeFile(join(root, HOST_NAME_FILE), `${name}\n`);
    return [];
  } catch (error) {
    return [writeProblem(HOST_NAME_FILE, error)];
  }
}
