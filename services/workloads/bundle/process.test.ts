import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../../model/reason.ts";
import { manifestOf } from "../fixtures/manifest.ts";
import { commandOf, environmentOf, workdirOf } from "./process.ts";

const image = { Entrypoint: ["/entry"], Cmd: ["serve", "--fast"] };

test("entrypoint and command combine as with Docker", () => {
  assert.deepEqual(commandOf({}, image), ["/entry", "serve", "--fast"]);
  assert.deepEqual(commandOf({ args: ["check"] }, image), ["/entry", "check"]);
  assert.deepEqual(commandOf({ args: [] }, image), ["/entry"]);
  assert.deepEqual(commandOf({ entrypoint: ["/bin/sh"] }, image), ["/bin/sh"]);
  assert.deepEqual(commandOf({ entrypoint: ["/bin/sh"], args: ["-c", "true"] }, image), ["/bin/sh", "-c", "true"]);
  assert.deepEqual(commandOf({}, { Cmd: ["/only"] }), ["/only"]);
});

test("an image without a command needs one in the manifest", () => {
  assert.throws(
    () => commandOf({}, { Entrypoint: null, Cmd: [] }),
    (error) =>
      error instanceof ReasonError && error.reason.code === "start-failed" && error.reason.field === "entrypoint",
  );
});

test("the manifest's variables win over the image's, those over Berth's", () => {
  const env = environmentOf(
    manifestOf({ env: { MODE: "fast", EMPTY: "" } }),
    { Env: ["MODE=slow", "HOME=/srv"] },
    "/root",
  );
  assert.ok(env.includes("MODE=fast") && !env.includes("MODE=slow"));
  assert.ok(env.includes("HOME=/srv"));
  assert.ok(env.includes("HOSTNAME=web"));
  assert.ok(env.includes("EMPTY="));
  assert.ok(env.includes("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
});

test("a value may hold equals signs, quotes and dollars", () => {
  const env = environmentOf(manifestOf({ env: { QUERY: "a=b&c=$D 'e'" } }), {}, "/");
  assert.ok(env.includes("QUERY=a=b&c=$D 'e'"));
});

test("starts in the manifest's directory, else the image's, else /", () => {
  assert.equal(workdirOf({ workdir: "/a" }, { WorkingDir: "/b" }), "/a");
  assert.equal(workdirOf({}, { WorkingDir: "/b" }), "/b");
  assert.equal(workdirOf({}, { WorkingDir: "" }), "/");
});
