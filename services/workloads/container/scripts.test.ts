import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { paths } from "../fixtures/manifest.ts";
import { workloadPaths } from "../instance/paths.ts";
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

/**
 * Runs a start script with programs that note what they are told in place of crun and systemd-notify, and gives the notes. The
 * container's process, which crun makes, is a `cat` that waits for its byte.
 */
function startWith(programs: { readonly crun: string; readonly notify: string }) {
  const folder = mkdtempSync(join(tmpdir(), "berth-scripts-"));
  try {
    const logs = { pipes: join(folder, "pipes"), store: join(folder, "store") };
    const where = workloadPaths({ runtime: folder, data: folder, logs }, "web");
    const crunRoot = join(folder, "crun");
    for (const directory of [where.bundle, join(folder, "bin"), crunRoot, join(logs.pipes, "open")]) {
      mkdirSync(directory, { recursive: true });
    }
    execFileSync("mkfifo", [where.stdout, where.stderr]);
    const notes = join(folder, "notes");
    for (const [name, body] of [
      ["crun", programs.crun],
      ["systemd-notify", programs.notify],
    ] as const) {
      writeFileSync(
        join(folder, "bin", name),
        `#!/bin/sh\nnotes=${notes} state=${crunRoot}/web pid=${where.pid}\n${body}\n`,
      );
      chmodSync(join(folder, "bin", name), 0o755);
    }
    writeFileSync(notes, "");
    const env = { PATH: `${join(folder, "bin")}:${process.env.PATH}`, NOTIFY_SOCKET: "/run/notify" };
    const { status } = spawnSync("sh", ["-c", startScript({ paths: where, crunRoot })], { env, timeout: 20_000 });
    return { status, notes: readFileSync(notes, "utf8").trim().split("\n"), pid: readFileSync(where.pid, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CREATE = `echo "crun socket=\${NOTIFY_SOCKET-none}" >>$notes
mkdir $state && mkfifo $state/exec.fifo
# As crun's: it is there to read before crun ends.
exec 3<>$state/exec.fifo
(read -r _ <&3; echo command >>$notes) >/dev/null 2>&1 &
printf %s $! >$pid`;
const TELL = `echo "notify socket=$NOTIFY_SOCKET $*" >>$notes`;

test("systemd knows the container's process before that runs its command, and crun knows nothing of systemd", () => {
  // What the command notes comes when the script has ended.
  const { status, notes, pid } = startWith({ crun: CREATE, notify: TELL });
  assert.equal(status, 0);
  assert.equal(notes[0], "crun socket=none");
  assert.equal(notes[1], `notify socket=/run/notify --ready MAINPID=${pid} NOTIFYACCESS=none`);
});

test("what crun cannot create is a start that fails, of which systemd is told no process", () => {
  const { status, notes, pid } = startWith({ crun: "echo crun >>$notes; exit 1", notify: TELL });
  assert.notEqual(status, 0);
  assert.deepEqual(notes, ["crun"]);
  assert.equal(pid, "");
});

test("a systemd that is too busy to listen is told again", () => {
  const { status, notes } = startWith({ crun: CREATE, notify: `${TELL}; [ "$(grep -c ^notify $notes)" = 2 ]` });
  assert.equal(status, 0);
  assert.equal(notes.filter((note) => note.startsWith("notify")).length, 2);
});
