import type { ImageConfig } from "../../model/image.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** Docker's and containerd's default. */
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The command a workload runs. `entrypoint` stands in place of the image's entrypoint and command, `args` in place of
 * its command, as with Docker and Kubernetes (image-spec config.md, Entrypoint and Cmd).
 *
 * @throws ReasonError `start-failed` when neither names a command
 */
export function commandOf(manifest: Pick<Workload, "entrypoint" | "args">, config: ImageConfig): string[] {
  const command =
    manifest.entrypoint === undefined
      ? [...(config.Entrypoint ?? []), ...(manifest.args ?? config.Cmd ?? [])]
      : [...manifest.entrypoint, ...(manifest.args ?? [])];
  if (command.length > 0 && command[0] !== "") return command;
  throw new ReasonError({
    code: "start-failed",
    message: "neither the image nor the manifest names a command",
    field: "entrypoint",
    allowed: "a command, such as [/usr/bin/server]",
  });
}

/** The environment: Berth's defaults, over them the image's, over those the manifest's. */
export function environmentOf(
  manifest: Pick<Workload, "name" | "hostname" | "env">,
  config: ImageConfig,
  home: string,
): string[] {
  const variables = new Map<string, string>();
  const set = (assignment: string) => {
    const name = assignment.split("=", 1)[0];
    if (name !== undefined && name !== "" && assignment.includes("=")) variables.set(name, assignment);
  };
  for (const assignment of [PATH, `HOSTNAME=${manifest.hostname ?? manifest.name}`, `HOME=${home}`]) set(assignment);
  for (const assignment of config.Env ?? []) set(assignment);
  for (const [name, value] of Object.entries(manifest.env)) set(`${name}=${value}`);
  return [...variables.values()];
}

/** Where it starts: the manifest's directory, else the image's, else /. */
export function workdirOf(manifest: Pick<Workload, "workdir">, config: ImageConfig): string {
  const directory = manifest.workdir ?? config.WorkingDir ?? "";
  return directory.startsWith("/") ? directory : `/${directory}`;
}
