import { ARCHITECTURES, type Architecture } from "../../image/architecture.ts";
import { run } from "../../image/command.ts";

/** What an image's configuration says beside its layers, in umoci's words (`config.entrypoint`, …). */
export type ImageConfig = ReadonlyArray<readonly [option: string, value: string]>;

/** Builds an OCI layout with one image, tagged `1`, of which each folder is a layer. */
export async function buildLayout(
  layout: string,
  arch: Architecture,
  layers: readonly string[],
  config: ImageConfig,
): Promise<void> {
  const image = `${layout}:1`;
  await run(["umoci", "init", "--layout", layout]);
  await run(["umoci", "new", "--image", image]);
  for (const folder of layers) await run(["umoci", "insert", "--image", image, folder, "/"]);
  const options = config.flatMap(([option, value]) => [`--${option}`, value]);
  const platform = [`--architecture=${ARCHITECTURES[arch].debian}`];
  await run(["umoci", "config", "--image", image, ...platform, ...options]);
  await run(["umoci", "gc", "--layout", layout]);
}
