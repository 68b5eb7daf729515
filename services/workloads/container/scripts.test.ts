import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { paths } from "./fixtures/manifest.ts";
import { workloadPaths } from "./paths.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";

const strange = workloadPaths({ runtime: "/run/it's", data: "/data/$(reboot)" }, "web");

test("every script is a shell's, whatever the paths hold", () => {
  for (const where of [paths, strange]) {
    for (const script of [
      startScript({ name: "web", paths: where, crunRoot: "/run/it's/crun" }),
      endScript({ name: "web", paths: where, crunRoot: "/run/it's/crun" }),
      rootScript({ paths: where, layers: "/a:/b" }),
    ]) {
      execFileSync("sh", ["-n"], { input: script });
    }
  }
});

test("values are words of their own", () => {
  const script = endScript({ name: "web", paths: strange, crunRoot: "/x" });
  const [first = ""] = script.split("\n");
  const words = execFileSync("sh", ["-c", `${first.replace(/^printf.*>/, "printf '%s|' ")}`], { encoding: "utf8" });
  assert.equal(words, "/run/it's/workloads/web/exit|");
});
