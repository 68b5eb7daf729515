import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { TELL } from "../../services/workloads/guest/frames.ts";
import { ASK, frameBytes, type GuestLink } from "../rig/guest-link.ts";
import { waitFor } from "../rig/wait.ts";
import { guestKit, startGuest } from "./support/micro-vms.ts";

/** The guest's first process in micro-VMs of its own, emulated and started by hand: what the host may rely on. */

const kit = await guestKit();
after(() => rmSync(kit.folder, { recursive: true }));

/** An OCI process that runs a shell command. */
function shell(command: string, more: object = {}): string {
  return JSON.stringify({
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ["sh", "-c", command],
    env: ["PATH=/usr/sbin:/usr/bin:/bin", "TERM=xterm"],
    cwd: "/",
    noNewPrivileges: true,
    ...more,
  });
}

async function run(link: GuestLink, channel: number, command: string, input?: string) {
  link.send(ASK.exec, channel, shell(command));
  if (input !== undefined) link.send(ASK.stdin, channel, input);
  link.send(ASK.stdinEnd, channel);
  return link.end(channel);
}

describe("a server in a guest", () => {
  let link: GuestLink;

  test("serves, says that it runs, and answers its host", async () => {
    const vm = await startGuest(kit, { name: "server", image: "nginx", port: 80, manifest: { tmpfs: [] } });
    try {
      link = await vm.link();
      assert.equal((await link.next(TELL.hello)).payload.toString(), "berth-guest 1\n");
      await link.next(TELL.started);
      const page = await waitFor("The page", 60_000, async () => (await fetch(`http://127.0.0.1:${vm.port}/`)).text());
      assert.match(page, /<html/iu);

      // Commands: outputs apart, input, exit code, signal, what is not there.
      const both = await run(link, 1, "echo out; echo err >&2; exit 3");
      assert.deepEqual(both, { stdout: "out\n", stderr: "err\n", end: "code 3" });
      assert.equal((await run(link, 2, "cat | tr a-z A-Z", "shout")).stdout, "SHOUT");
      link.send(ASK.exec, 3, shell("sleep 1000 & exec sleep 1000"));
      link.send(ASK.kill, 3, Uint8Array.of(15));
      assert.equal((await link.end(3)).end, "signal 15");
      assert.equal((await run(link, 4, "pgrep -c sleep || true")).stdout, "0\n");
      link.send(ASK.exec, 5, shell("", { args: ["/not/there"] }));
      assert.match((await link.end(5)).end, /^failed .*\/not\/there.*(not found|No such file)/u);
      link.send(ASK.exec, 6, "{");
      assert.match((await link.end(6)).end, /^failed ./u);

      // A terminal, of the size that is asked for.
      link.send(ASK.exec, 7, shell("read line; stty size; test -t 1 && echo terminal $line", { terminal: true }));
      link.send(ASK.resize, 7, Uint8Array.of(100, 0, 30, 0));
      link.send(ASK.stdin, 7, "go\n");
      const onTerminal = await link.end(7);
      assert.match(onTerminal.stdout, /30 100\r\nterminal go\r\n/u);

      // A flood comes whole, and the host's other questions are answered in between.
      link.send(ASK.exec, 8, shell("head -c 3000000 /dev/zero; echo end >&2"));
      link.send(ASK.ping, 0, "still there?");
      assert.equal((await link.next(TELL.pong)).payload.toString(), "still there?");
      const flood = await link.end(8);
      assert.equal(flood.stdout.length, 3_000_000);
      assert.equal(flood.stderr, "end\n");

      // Input is taken as the command reads it, and no more is held than a channel may have.
      link.send(ASK.exec, 9, shell("sleep 1000"));
      link.send(ASK.stdin, 9, Buffer.alloc(65536));
      assert.equal((await link.next(TELL.taken, 9)).payload.readUInt32LE(0), 65536);
      link.send(ASK.stdin, 9, Buffer.alloc(65536));
      link.send(ASK.stdin, 9, Buffer.alloc(1));
      assert.equal((await link.end(9)).end, "failed stdin overflow");

      // Sixteen at once, and not one more.
      for (let channel = 20; channel <= 36; channel++) link.send(ASK.exec, channel, shell("sleep 1000"));
      assert.equal((await link.end(36)).end, "failed too many");
      for (let channel = 20; channel < 36; channel++) link.send(ASK.kill, channel, Uint8Array.of(9));
      for (let channel = 20; channel < 36; channel++) assert.equal((await link.end(channel)).end, "signal 9");

      // A fork bomb has as many processes as the workload may have, is ended as a whole, and leaves room again.
      link.send(ASK.exec, 37, shell("bomb() { bomb | bomb & }; bomb; sleep 1000"));
      await waitFor("The fork bomb", 60_000, async () => {
        link.send(ASK.stats);
        return /^pids 6[0-4]$/mu.test((await link.next(TELL.stats)).payload.toString());
      });
      link.send(ASK.kill, 37, Uint8Array.of(9));
      assert.equal((await link.end(37)).end, "signal 9");
      await waitFor("Room for a process", 30_000, async () => (await run(link, 38, "echo room")).stdout === "room\n");

      // Facts.
      link.send(ASK.stats);
      const stats = (await link.next(TELL.stats)).payload.toString();
      assert.match(stats, /^memory [1-9]\d+\nmemory-total 2\d{8}\n/u);
      assert.match(stats, /^cpu-usec [1-9]\d+\npids [1-9]\d*\nnet-rx [1-9]\d+\nnet-tx [1-9]\d+\n/mu);
      link.send(ASK.hosts, 0, "10.88.0.9\tneighbour\n");
      assert.equal((await run(link, 40, "cat /etc/hosts")).stdout, "10.88.0.9\tneighbour\n");
      assert.equal((await run(link, 41, "cat /proc/sys/kernel/hostname /etc/hostname")).stdout, "server\nserver\n");
      assert.match(
        (await run(link, 42, "cat /proc/net/if_inet6")).stdout,
        /^fec00000000000000000000000000015 .* eth0$/mu,
      );

      // What is no frame is not understood, nor is what follows; a new connection begins anew, without what the old one ran.
      link.send(ASK.exec, 50, shell("sleep 4321"));
      link.raw(Uint8Array.of(1, 0, 0, 0, 99, 0, 0, 0, 1));
      link.send(ASK.ping, 0, "deaf");
      await link.close();
      link = await reconnected(vm.link.bind(vm));
      assert.equal(link.has(TELL.pong), false);
      assert.equal((await run(link, 51, "pgrep -f '[s]leep 4321' || echo none")).stdout, "none\n");
      // Half a frame, and a length that is none.
      link.raw(frameBytes(ASK.ping, 0, "half").subarray(0, 10));
      await link.close();
      link = await reconnected(vm.link.bind(vm));
      link.raw(Uint8Array.of(255, 255, 255, 255, ASK.ping, 0, 0, 0));
      await link.close();
      link = await reconnected(vm.link.bind(vm));
      link.send(ASK.ping, 0, "well");
      assert.equal((await link.next(TELL.pong)).payload.toString(), "well");

      // nginx ends by itself when it is told to, over the port that needs no agent.
      vm.control("no word of ours, and a line much longer than any that is\nstop 3\n");
      assert.equal(await vm.result(), "exit 0\n");
    } catch (error) {
      console.error(vm.console, vm.stdout, vm.stderr, readFileSync(join(vm.folder, "qemu.log"), "utf8"));
      throw error;
    } finally {
      await vm.stop();
    }
  });
});

/** Connects again: the guest's kernel notices a moment later that somebody else is there. */
function reconnected(connect: () => Promise<GuestLink>): Promise<GuestLink> {
  return waitFor("A new connection", 60_000, async () => {
    const link = await connect();
    try {
      await waitFor("The greeting", 5000, () => link.has(TELL.hello) && link.has(TELL.started));
      return link;
    } catch (error) {
      await link.close();
      throw error;
    }
  });
}

/** Runs a shell command to its end in a busybox guest, and gives the result and what it wrote. */
async function ends(name: string, command: string, more: Partial<Parameters<typeof startGuest>[1]> = {}) {
  const manifest = { args: ["sh", "-c", command], ...more.manifest };
  const vm = await startGuest(kit, { name, image: "busybox", ...more, manifest });
  try {
    const result = await vm.result();
    const { stdout, stderr, console } = vm;
    return { result, stdout, stderr, console };
  } finally {
    await vm.stop();
  }
}

test("a command's outputs, its exit code and what it left in a volume outlive the guest", async () => {
  const volume = join(kit.folder, "volume");
  mkdirSync(volume);
  writeFileSync(join(volume, "before"), "from the host\n");
  const script = [
    "cat /data/before; echo 'from the guest' >/data/after; chown 5:6 /data/after",
    "echo to stderr >&2; echo by name >/dev/stdout",
    // The root is memory, and has an end.
    "dd if=/dev/zero of=/fill bs=1M 2>/dev/null || echo full; rm /fill",
    // Children that nobody waits for
    "for i in 1 2 3 4 5 6 7 8; do (true &); done",
    "seq 20000",
    "exit 7",
  ].join("\n");
  const end = await ends("ends", script, { volumes: { data: volume }, mounted: { data: "/data" } });
  assert.equal(end.result, "exit 7\n", JSON.stringify(end).slice(0, 2000));
  assert.match(end.stdout, /^from the host\nby name\nfull\n1\n2\n/u);
  assert.ok(end.stdout.endsWith("\n19999\n20000\n"));
  assert.equal(end.stderr, "to stderr\n");
  assert.equal(readFileSync(join(volume, "after"), "utf8"), "from the guest\n");
});

test("a signal is told as one", async () => {
  const vm = await startGuest(kit, { name: "signal", image: "busybox", manifest: { args: ["sleep", "1000000"] } });
  try {
    const link = await vm.link();
    await link.next(TELL.started);
    link.send(ASK.signal, 0, Uint8Array.of(9));
    assert.equal(await vm.result(), "signal 9\n");
  } finally {
    await vm.stop();
  }
});

test("crun's own error is the result", async () => {
  const end = await ends("missing", "", { manifest: { args: ["/not/there"] } });
  assert.match(end.result, /^failed .*\/not\/there.*\n$/u);
});

test("a workload that takes more memory than there is was killed for that", async () => {
  const end = await ends("greedy", "x=xxxxxxxx; while :; do x=$x$x; done");
  assert.equal(end.result, "signal 9\noom\n");
});

test("a guest whose kernel panics leaves no result, and its last words on the console", async () => {
  const end = await ends("panic", "echo c >/proc/sysrq-trigger; sleep 100", { manifest: { privileged: true } });
  assert.equal(end.result, "");
  assert.match(end.console, /Kernel panic/u);
});
