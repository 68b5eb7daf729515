import { ReasonError } from "../model/reason.ts";
import type { Descriptor, Platform } from "./manifest.ts";

/** The device's architecture in the image-spec's words (GOARCH). */
export type Architecture = "amd64" | "arm64";

/** `linux/arm64/v8`, as Docker writes it. */
function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined && part !== "")
    .join("/");
}

/**
 * Of an index's manifests, the one for this device: Linux, its architecture, the plainest variant (an arm64 board is v8;
 * a newer variant's code need not run on it). `wrong-architecture` names what there is instead.
 */
export function chooseManifest(
  manifests: readonly Descriptor[],
  architecture: Architecture,
  subject: string,
): Descriptor {
  const fitting = manifests
    .filter(({ platform }) => platform?.os === "linux" && platform.architecture === architecture)
    .sort((a, b) => variantRank(a.platform) - variantRank(b.platform));
  const [best] = fitting;
  if (best !== undefined) return best;
  // Without platforms there is nothing to choose by: the image's own configuration is then asked.
  const unlabelled = manifests.filter(({ platform }) => platform === undefined);
  if (unlabelled.length === 1 && unlabelled[0] !== undefined) return unlabelled[0];
  // Build attestations stand in an index as unknown/unknown: no image to offer.
  const offered = manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === "unknown" ? [] : [formatPlatform(platform)],
  );
  throw wrongArchitecture(subject, architecture, [...new Set(offered)]);
}

function variantRank(platform: Platform | undefined): number {
  const variant = platform?.variant ?? "";
  if (variant === "") return 0;
  if (platform?.architecture === "arm64" && variant === "v8") return 0;
  const level = Number.parseInt(variant.replace(/^v/, ""), 10);
  return Number.isNaN(level) ? 1000 : level;
}

/** Refuses an image whose own configuration names another platform than the device's. */
export function requireArchitecture(platform: Platform, architecture: Architecture, subject: string): void {
  if (platform.os === "linux" && platform.architecture === architecture) return;
  throw wrongArchitecture(subject, architecture, [formatPlatform(platform)]);
}

function wrongArchitecture(subject: string, architecture: Architecture, offered: readonly string[]): ReasonError {
  const names = offered.length === 0 ? "no platform" : offered.join(", ");
  return new ReasonError({
    code: "wrong-architecture",
    message: `${subject} is for ${names}; this device is linux/${architecture}`,
    value: offered,
    allowed: `linux/${architecture}`,
  });
}
