import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { paths } from "./fixtures/manifest.ts";
import { workloadPaths } from "./paths.ts";
import { endScript, rootScript, startScript } from "./scripts.ts";

const strange = workloadPaths(
  { runtime: "/run/it's", data: "/data/$(reboot)", logs: { pipes: "/run/$(it's)", store: "/data/l" } },
  "web",
);

test("every script is a shell's, whatever the paths hold", () => {
  for (const where of [paths, strange]) {
    for (const script of [
      startScript({ paths: where, crunRoot: "/run/it's/crun" }),
      endScript({ paths: where, crunRoot: "/run/it's/crun" }),
      rootScript({ paths: where, layers: ["/a", "/b"], owner: 524_288, setuid: false }),
    ]) {
      execFileSync("sh", ["-n"], { input: script });
    }
  }
});

test("values are words of their own", () => {
  const script = endScript({ paths: strange, crunRoot: "/x" });
  const line = script.split("\n").find((one) => one.startsWith("printf")) ?? "";
  const words = execFileSync("sh", ["-c", `${line.replace(/^printf.*>/, "printf '%s|' ")}`], { encoding: "utf8" });
  assert.equal(words, "/run/it's/workloads/web/exit|");
});

test("how it ended is noted also where the kernel tells nothing of its memory", () => {
  const script = endScript({ paths, crunRoot: "/x" });
  const [reads] = script.split("printf");
  const note = `printf '%s' "$SERVICE_RESULT"`;
  assert.equal(
    execFileSync("sh", ["-c", `${reads}${note} 2>/dev/null`], {
      encoding: "utf8",
      env: { SERVICE_RESULT: "success" },
      stdio: ["ignore", "pipe", "ignore"],
    }),
    "success",
  );
});
