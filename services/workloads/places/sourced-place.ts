import type { PlaceContent, SettledPlace } from "./places.ts";
import { memoryAt, type OwnedMemory } from "./places-in-memory.ts";

/** A place, and for all but places in memory what is mounted there: a path where the workload's runtime stands. */
export interface SourcedPlace extends Pick<SettledPlace, "destination"> {
  readonly content: Exclude<PlaceContent, { kind: "memory" }> | OwnedMemory;
  readonly source?: string;
}

/** Where that lies which is mounted at places: with a container's runtime on the device, with a guest's inside it. */
export interface PlaceSources {
  /** The mounted root, and the id on the device that is root's in it. */
  readonly root: { readonly path: string; readonly firstId: number };
  /** Of each place of a volume what is mounted there, by its destination. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Of each of the manifest's mounts, by its index; undefined where there can be none. */
  readonly mount: ((index: number) => string) | undefined;
  /** Of each of the manifest's inline files, by its index. */
  readonly file: (index: number) => string;
}

/** A place with its source. */
export async function sourcedPlace(place: SettledPlace, sources: PlaceSources): Promise<SourcedPlace> {
  const { destination, content } = place;
  switch (content.kind) {
    case "tmpfs":
      return { destination, content };
    case "memory":
      return { destination, content: await memoryAt(place, content.mode, sources.root) };
    case "volume": {
      const source = sources.volumes.get(destination);
      if (source === undefined) throw new Error(`volume ${content.volume} was not made`);
      return { destination, content, source };
    }
    case "mount":
      if (sources.mount === undefined) throw new Error("a guest has no mounts of the device");
      return { destination, content, source: sources.mount(content.index) };
    case "file":
      return { destination, content, source: sources.file(content.index) };
  }
}

/** A place of a volume. */
export interface VolumePlace extends SettledPlace {
  readonly content: Extract<PlaceContent, { kind: "volume" }>;
}

/** The places where volumes are mounted. */
export function volumePlaces(places: readonly SettledPlace[]): VolumePlace[] {
  return places.flatMap(({ content, ...place }) => (content.kind === "volume" ? [{ ...place, content }] : []));
}
