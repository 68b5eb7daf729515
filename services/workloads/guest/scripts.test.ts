import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { paths } from "../fixtures/manifest.ts";
import { cgroupOf } from "../unit/slice.ts";
import { isGuestNote, parseGuestExit } from "./exit-note.ts";
import { type GuestPaths, guestPaths } from "./paths.ts";
import { RESULT_SIZE } from "./result.ts";
import { endScript, resetScript, stopScript } from "./scripts.ts";

/** Runs `act` with a guest's files in a folder of their own. */
function withFiles(act: (places: GuestPaths) => void): void {
  const bundle = mkdtempSync(join(tmpdir(), "berth-guest-"));
  const places = {
    ...guestPaths({ ...paths, bundle, exit: `${bundle}/exit` }),
    agentFolderInside: `${bundle}/agent`,
  };
  const group = `${places.cgroups}/${cgroupOf("web").replace("/sys/fs/cgroup/", "")}`;
  mkdirSync(group, { recursive: true });
  writeFileSync(`${group}/memory.peak`, "1000\n");
  writeFileSync(`${group}/memory.max`, "2000\n");
  mkdirSync(places.agentFolderInside);
  try {
    act(places);
  } finally {
    rmSync(bundle, { recursive: true });
  }
}

function run(script: string, env: Readonly<Record<string, string>> = {}): number | null {
  return spawnSync("/bin/sh", ["-c", script], { env: { PATH: process.env.PATH ?? "", ...env } }).status;
}

const WELL = { SERVICE_RESULT: "success", EXIT_CODE: "exited", EXIT_STATUS: "0" };

test("how the workload ended is noted, and systemd told of a failure that QEMU knows nothing of", () => {
  const cases: [string, number, object][] = [
    ["exit 0\n", 0, { code: 0, signal: undefined, result: "success" }],
    ["exit 3\n", 1, { code: 3, signal: undefined, result: "exit-code" }],
    ["signal 9\noom\n", 1, { code: undefined, signal: "SIGKILL", result: "oom-kill" }],
    ["", 1, { code: undefined, signal: undefined, result: "guest-died" }],
  ];
  for (const [said, status, exit] of cases) {
    withFiles((places) => {
      const disk = Buffer.alloc(RESULT_SIZE);
      disk.write(said);
      writeFileSync(places.result, disk);
      assert.equal(run(endScript(places, "web"), WELL), status, said);
      const note = readFileSync(places.exit, "utf8");
      assert.ok(isGuestNote(note));
      assert.deepEqual(parseGuestExit(note), { ...exit, memory: { peak: 1000, limit: 2000 } });
    });
  }
});

test("what a guest writes is text in the note, and never a command", () => {
  withFiles((places) => {
    writeFileSync(places.result, `$(touch ${places.exit}.owned)\n\u001b]0;\u0007; echo\nexit 0\n`);
    assert.equal(run(endScript(places, "web"), WELL), 1);
    assert.equal(parseGuestExit(readFileSync(places.exit, "utf8"))?.result, "guest-died");
    assert.equal(run(`[ -e '${places.exit}.owned' ]`), 1);
  });
});

test("each start begins with an empty result and without an old socket", () => {
  withFiles((places) => {
    writeFileSync(places.result, Buffer.alloc(RESULT_SIZE, "x"));
    writeFileSync(`${places.agentFolderInside}/agent`, "");
    assert.equal(run(resetScript(places)), 0);
    assert.deepEqual(readFileSync(places.result), Buffer.alloc(RESULT_SIZE));
    assert.equal(run(`[ -e '${places.agentFolderInside}/agent' ]`), 1);
  });
});

test("a stop is asked for by the pipe, and of nobody once the guest is gone", () => {
  withFiles((places) => {
    const asked = `mkfifo '${places.control}' && exec 3<>'${places.control}' && { ${stopScript(places, 15)} } && read -r line <&3 && [ "$line" = 'stop 15' ]`;
    assert.equal(run(asked, { MAINPID: "1" }), 0);
    assert.equal(run(stopScript(places, 15)), 0);
  });
});
