import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_POLICY } from "../../model/policy.ts";
import { Workload, type WorkloadInput } from "../../model/workload.ts";
import { refusalOfAction } from "./action.ts";

function refusal(more: Partial<WorkloadInput>, hostPaths: string[] = []) {
  const manifest = Workload.parse({ name: "web", image: "nginx", ...more });
  const context = {
    targets: new Map(),
    standing: new Map(),
    policy: { ...DEFAULT_POLICY, hostPaths },
    capacity: { cpus: 1, memory: 2 ** 30 },
  };
  return refusalOfAction({ kind: "apply", manifest }, context);
}

test("two things at one place are refused at the second, however the place is written", () => {
  const reason = refusal({
    tmpfs: [{ path: "/srv/a" }],
    volumes: [
      { name: "b", path: "/srv/b" },
      { name: "a", path: "/srv//a/" },
    ],
  });
  assert.equal(reason?.code, "mount-conflict");
  assert.equal(reason?.field, "manifest.volumes[1].path");
  assert.match(reason?.message ?? "", /manifest\.tmpfs\[0\]\.path/);
});

test("one below the other is not refused", () => {
  assert.equal(refusal({ tmpfs: [{ path: "/srv" }], volumes: [{ name: "a", path: "/srv/a" }] }), undefined);
});

test("what a container has of its own is not mounted over", () => {
  for (const path of ["/", "/proc", "/proc/sys", "/sys/fs/cgroup", "/dev", "/dev/pts"]) {
    assert.equal(refusal({ tmpfs: [{ path }] })?.code, "mount-conflict", path);
  }
  for (const path of ["/dev/shm", "/procession", "/etc/hosts"]) {
    assert.equal(refusal({ tmpfs: [{ path }] }), undefined, path);
  }
});

test("a path of the device is refused unless it lies below a folder of the policy", () => {
  const mount = (source: string) => ({ mounts: [{ source, path: "/mnt" }] });
  const refused = refusal(mount("/data/shared-not"), ["/data/shared", "/srv"]);
  assert.equal(refused?.code, "host-path-refused");
  assert.equal(refused?.field, "manifest.mounts[0].source");
  assert.equal(refused?.value, "/data/shared-not");
  assert.match(refused?.allowed ?? "", /\/data\/shared, \/srv/);
  assert.match(refusal(mount("/etc"))?.allowed ?? "", /names no folder/);
  for (const source of ["/data/shared", "/data/shared/", "/data/shared/a/b", "/srv/x"]) {
    assert.equal(refusal(mount(source), ["/data/shared/", "/srv"]), undefined, source);
  }
});
