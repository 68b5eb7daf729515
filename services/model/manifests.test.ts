import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests, repeatedName } from "./manifests.ts";

const WEB = { name: "web", image: "nginx" };

test("one document and several are read, empty ones passed over", () => {
  assert.deepEqual(
    readManifests("a.yaml", WEB).manifests.map(({ name }) => name),
    ["web"],
  );
  const several = readManifests("a.yaml", [WEB, null, { ...WEB, name: "db" }]);
  assert.deepEqual(
    several.manifests.map(({ name }) => name),
    ["web", "db"],
  );
  assert.deepEqual(several.problems, []);
});

test("every mistake is told, with its file, document and field", () => {
  const { manifests, problems } = readManifests("a.yaml", [
    WEB,
    { name: "Web", image: "nginx", ports: [{ hosst: 1, container: 80 }] },
  ]);
  assert.equal(manifests.length, 1);
  assert.deepEqual(
    problems.map(({ code, field }) => [code, field]),
    [
      ["invalid-value", "name"],
      ["missing-field", "ports[0].host"],
      ["unknown-field", "ports[0].hosst"],
    ],
  );
  assert.match(problems[2]?.message ?? "", /^a\.yaml, document 2: ports\[0\]\.hosst .*did you mean host\?$/);
});

test("a file with nothing in it is a mistake", () => {
  assert.equal(readManifests("a.yaml", null).problems[0]?.code, "empty-manifest");
});

test("a name that stands twice is found", () => {
  const { manifests } = readManifests("a.yaml", [WEB, WEB]);
  assert.equal(repeatedName(manifests)?.value, "web");
  assert.equal(repeatedName(manifests.slice(1)), undefined);
});
