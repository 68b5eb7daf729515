import { z } from "zod";
import { Configuration } from "../../model/configuration.ts";
import type { Reason } from "../../model/reason.ts";
import type { Checked } from "./check.ts";
import { FILE_NAME, PLACES, type Place } from "./places.ts";

/** A place that was there, and what its file says; undefined when it has no such file. */
export interface Reading {
  readonly place: Place;
  readonly file: Checked | undefined;
}

/** The last good configuration, as /data/berth/configuration.json holds it. */
export const Kept = z.strictObject({ from: z.enum(["drive", "partition"]), configuration: Configuration });
export type Kept = z.infer<typeof Kept>;

/** The configuration the device is to use, where it is from, and everything that was wrong on the way to it. */
export type Choice = { readonly problems: readonly Reason[] } & (
  | { readonly source: "drive" | "partition" | "kept"; readonly configuration: Configuration }
  | { readonly source: "none"; readonly configuration: undefined }
);

/**
 * Chooses among what was found, `readings` in the order of {@link PLACES}: the first file that holds; but once a file
 * was wrong, the last good configuration before any further place. A place without a file is a problem only where one
 * should be: on a drive, and where the last good one came from.
 */
export function chooseConfiguration(readings: readonly Reading[], kept: Kept | undefined): Choice {
  const problems: Reason[] = [];
  for (const { place, file } of readings) {
    if (file === undefined) {
      if (place.source === "drive" || place.source === kept?.from) problems.push(missing(`${place.name} holds no`));
    } else if (file.ok) {
      return { source: place.source, configuration: file.configuration, problems };
    } else {
      problems.push(...file.problems);
      if (kept !== undefined) break;
    }
  }
  if (kept !== undefined) return { source: "kept", configuration: kept.configuration, problems };
  if (problems.length === 0) problems.push(missing("this device was given no"));
  return { source: "none", configuration: undefined, problems };
}

function missing(what: string): Reason {
  const allowed = `${FILE_NAME} on ${PLACES.map(({ name }) => name).join(" or ")}`;
  return { code: "configuration-missing", message: `${what} ${FILE_NAME}`, allowed };
}
