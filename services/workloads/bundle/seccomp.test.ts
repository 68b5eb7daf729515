import assert from "node:assert/strict";
import { test } from "node:test";
import { seccompProfile } from "./seccomp.ts";

/** What a call of this name without conditions gets: the profile's unconditional rules may not contradict each other. */
function answer(name: string, capabilities: readonly string[] = [], architecture = "x64"): string {
  const profile = seccompProfile(architecture, capabilities);
  const rules = profile.syscalls.filter((rule) => rule.names.includes(name));
  const plain = rules.filter((rule) => rule.args === undefined);
  assert.ok(plain.length <= 1, `${name} has more than one answer`);
  assert.ok(plain.length === 0 || rules.length === 1, `${name} has an answer beside its conditions`);
  const [rule] = plain;
  if (rule !== undefined) return rule.action === "SCMP_ACT_ALLOW" ? "allow" : `errno ${rule.errnoRet}`;
  return rules.length > 0 ? "conditional" : `errno ${profile.defaultErrnoRet}`;
}

test("every call has one answer", () => {
  for (const capabilities of [[], ["SYS_ADMIN"], ["SYS_PTRACE", "BPF"]]) {
    for (const { names } of seccompProfile("x64", capabilities).syscalls) {
      for (const name of names) answer(name, capabilities);
    }
  }
});

test("ordinary programs run", () => {
  for (const name of ["read", "write", "openat", "execve", "futex", "epoll_wait", "accept4", "mmap", "rseq", "statx"]) {
    assert.equal(answer(name), "allow", name);
  }
});

test("calls that reach the device fail with EPERM", () => {
  for (const name of [
    "mount",
    "unshare",
    "setns",
    "bpf",
    "kexec_load",
    "init_module",
    "keyctl",
    "io_uring_setup",
    "reboot",
  ]) {
    assert.equal(answer(name), "errno 1", name);
  }
});

test("a capability opens its calls", () => {
  assert.equal(answer("mount", ["SYS_ADMIN"]), "allow");
  assert.equal(answer("clone", ["SYS_ADMIN"]), "allow");
  assert.equal(answer("chroot", ["SYS_CHROOT"]), "allow");
  assert.equal(answer("mount", ["SYS_CHROOT"]), "errno 1");
});

test("threads are made, namespaces are not; clone3 sends libraries back to clone", () => {
  assert.equal(answer("clone"), "conditional");
  assert.equal(answer("clone3"), "errno 38");
});

test("what nobody has heard of is as on an older kernel", () => {
  assert.equal(answer("a_call_of_tomorrow"), "errno 38");
});

test("each architecture has its own calls", () => {
  assert.equal(answer("arch_prctl"), "allow");
  assert.equal(answer("arch_prctl", [], "arm64"), "errno 38");
  assert.deepEqual(seccompProfile("arm64", []).architectures, ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
});
