import assert from "node:assert/strict";
import { test } from "node:test";
import { toYaml } from "./yaml-text.ts";

test("blocks, lists and quoted texts are written as YAML has them", () => {
  const text = toYaml({
    device: "demo",
    left: undefined,
    fleet: {
      ca: "-----BEGIN X-----\nabc\n-----END X-----\n",
      signingKeys: [{ id: "k1", publicKey: "p" }],
      none: [],
    },
    registries: { "docker.io": { endpoint: "http://10.0.2.2:5000" }, "a:1": {} },
    odd: 'quote " and: colon',
  });
  assert.equal(
    text,
    `device: "demo"
fleet:
  ca: |
    -----BEGIN X-----
    abc
    -----END X-----
  signingKeys:
    - id: "k1"
      publicKey: "p"
  none: []
registries:
  "docker.io":
    endpoint: "http://10.0.2.2:5000"
  "a:1": {}
odd: "quote \\" and: colon"
`,
  );
});
