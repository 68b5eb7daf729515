import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlaceContent, SettledPlace } from "./places.ts";
import { type PlaceSources, sourcedPlace, volumePlaces } from "./sourced-place.ts";

const volume = (name: string): PlaceContent => ({ kind: "volume", volume: name, readOnly: false, copy: true });

function placeOf(destination: string, content: PlaceContent): SettledPlace {
  return { field: undefined, path: destination, destination, inImage: false, content };
}

const sources: PlaceSources = {
  root: { path: "/nowhere", firstId: 0 },
  volumes: new Map([
    ["/a", "/volumes/one"],
    ["/b", "/volumes/two"],
  ]),
  mount: undefined,
  file: (index) => `/files/${index}`,
};

test("each place has what its workload's runtime finds there", async () => {
  const places = [
    placeOf("/b", volume("same")),
    placeOf("/etc/app", { kind: "file", index: 2 }),
    placeOf("/tmp", { kind: "tmpfs", size: 1, mode: "1777" }),
  ];
  const found = await Promise.all(places.map((place) => sourcedPlace(place, sources)));
  assert.deepEqual(
    found.map(({ source }) => source),
    ["/volumes/two", "/files/2", undefined],
  );
  const mount = placeOf("/host", { kind: "mount", index: 1, source: "/srv", readOnly: true });
  const onDevice = { ...sources, mount: (index: number) => `/pinned/${index}` };
  assert.equal((await sourcedPlace(mount, onDevice)).source, "/pinned/1");
});

test("what cannot be mounted there is no place of nothing", async () => {
  const mount = placeOf("/host", { kind: "mount", index: 0, source: "/srv", readOnly: true });
  await assert.rejects(sourcedPlace(mount, sources), /no mounts of the device/);
  await assert.rejects(sourcedPlace(placeOf("/c", volume("lost")), sources), /lost was not made/);
});

test("volumes are told from other places", () => {
  const places = [placeOf("/a", volume("one")), placeOf("/f", { kind: "file", index: 0 })];
  assert.deepEqual(
    volumePlaces(places).map(({ content }) => content.volume),
    ["one"],
  );
});
