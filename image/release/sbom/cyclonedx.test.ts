import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { type Component, purl } from "./component.ts";
import { cycloneDx } from "./cyclonedx.ts";
import { licenceList } from "./licence-list.ts";

const SUBJECT = { version: "1.2.3", board: "x86_64-uefi", date: "2026-01-01T00:00:00Z" };
const component = (name: string, licence?: string): Component => ({
  name,
  version: "1",
  purl: purl("generic", "", name, "1"),
  licence,
  hashes: [],
});
const COMPONENTS = [
  component("tool", "GPL-2.0+ (tool, tests), MIT"),
  component("dual", "(MIT OR Apache-2.0)"),
  component("unknown"),
  component("other", "MIT"),
];

const Document = z.object({
  serialNumber: z.string(),
  components: z.array(z.object({ name: z.string(), licenses: z.array(z.unknown()).optional() })),
});

test("licences are told apart: SPDX identifiers, free names with commas in brackets, expressions", () => {
  const { components } = Document.parse(cycloneDx(SUBJECT, COMPONENTS));
  assert.deepEqual(Object.fromEntries(components.map(({ name, licenses }) => [name, licenses])), {
    dual: [{ expression: "(MIT OR Apache-2.0)" }],
    other: [{ license: { id: "MIT" } }],
    tool: [{ license: { name: "GPL-2.0+ (tool, tests)" } }, { license: { id: "MIT" } }],
    unknown: undefined,
  });
});

test("the same components in another order are the same document, and another version is another", () => {
  const text = (version: string, components: readonly Component[]) =>
    JSON.stringify(cycloneDx({ ...SUBJECT, version }, components));
  assert.equal(text("1.2.3", COMPONENTS), text("1.2.3", COMPONENTS.toReversed()));
  const number = (version: string) => Document.parse(cycloneDx({ ...SUBJECT, version }, COMPONENTS)).serialNumber;
  assert.notEqual(number("1.2.3"), number("1.2.4"));
  assert.match(number("1.2.3"), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("package URLs are encoded", () => {
  assert.equal(
    purl("deb", "debian", "libstdc++6", "1:2.0~rc1+b1", { distro: "debian-13", arch: "amd64" }),
    "pkg:deb/debian/libstdc%2B%2B6@1:2.0~rc1%2Bb1?arch=amd64&distro=debian-13",
  );
  assert.equal(purl("npm", "@scope", "a", "1"), "pkg:npm/%40scope/a@1");
});

test("the list for people has each licence once, and what is not known last", () => {
  const list = licenceList(SUBJECT, COMPONENTS);
  assert.match(list, /\nMIT\n {2}other 1\n/);
  assert.match(list, /\nnot known to this build\n {2}unknown 1\n$/);
});
