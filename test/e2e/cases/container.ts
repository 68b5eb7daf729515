import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { idler, imageOf, server } from "../support/manifests.ts";

/** CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID and NET_BIND_SERVICE by their numbers (capabilities(7)). */
const CAPABILITIES = [0, 1, 3, 5, 6, 7, 10].reduce((mask, number) => mask | (1 << number), 0);
const NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

/** What a container is and what it is kept from, seen from inside it and from the device. */
export function containerCases(device: () => Device): void {
  describe("container", () => {
    const layers = () => device().shell("grep ' /run/berth/l/' /proc/mounts | sort");
    const inside = async (workload: string, ...command: string[]) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command });
      assert.ok(exec);
      return exec;
    };

    before(async () => {
      await device().apply(server("one", { ports: [{ host: 8080, container: 80 }] }));
    });

    after(() => device().remove("one"));

    test("its root is read-only, what its manifest makes writable is not", async () => {
      const refused = await inside("one", "touch", "/etc/mark");
      assert.notEqual(refused.exitCode, 0);
      assert.match(refused.stderr, /Read-only file system/);
      assert.equal((await inside("one", "touch", "/tmp/mark")).exitCode, 0);
    });

    test("it has no new privileges, a seccomp filter and seven capabilities", async () => {
      const { stdout } = await inside("one", "cat", "/proc/1/status");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(stdout)?.[1] ?? "";
      assert.equal(field("NoNewPrivs"), "1");
      assert.equal(field("Seccomp"), "2");
      for (const set of ["CapEff", "CapPrm", "CapBnd"])
        assert.equal(Number.parseInt(field(set), 16), CAPABILITIES, set);
      for (const set of ["CapInh", "CapAmb"]) assert.equal(Number.parseInt(field(set), 16), 0, set);
    });

    test("it has namespaces of its own", async () => {
      const { pid } = await device().process("one");
      const links = async (process: string) =>
        (
          await device().shell(`cd /proc/${process}/ns && for one in ${NAMESPACES.join(" ")}; do readlink $one; done`)
        ).split("\n");
      const [device1, workload] = [await links("1"), await links(`${pid}`)];
      for (const [index, name] of NAMESPACES.entries()) {
        assert.ok(workload[index]?.startsWith(`${name}:[`));
        assert.notEqual(workload[index], device1[index]);
      }
      const { stdout } = await inside(
        "one",
        "sh",
        "-c",
        "echo /proc/[0-9]*; cat /proc/1/cgroup /proc/sys/kernel/hostname",
      );
      assert.doesNotMatch(stdout, new RegExp(`/proc/${pid}\\b`));
      assert.match(stdout, /^0::\/$/m);
      assert.match(stdout, /^one$/m);
    });

    test("it reaches the world, and nothing of the device itself", async () => {
      await device().apply(idler("curious"));
      const connects = async (address: string, port: number) =>
        (await inside("curious", "sh", "-c", `nc -w 5 ${address} ${port} </dev/null`)).exitCode === 0;
      assert.equal(await connects("10.0.2.2", device().appliance.registry.port), true);
      for (const address of ["10.88.0.1", "10.0.2.15"]) assert.equal(await connects(address, 443), false, address);
      await device().remove("curious");
    });

    test("layers are EROFS files, mounted once for all workloads that share them", async () => {
      const mounted = await layers();
      const lines = mounted.split("\n");
      assert.equal(lines.length, 2);
      for (const line of lines) assert.match(line, /^\/data\/berth\/images\/layers\/\S+\.erofs \S+ erofs ro,/);
      await device().apply(server("two"));
      assert.equal(await layers(), mounted);
      await device().remove("two");
      assert.equal(await layers(), mounted);
      assert.match(await (await fetch(device().appliance.webAddress)).text(), /Berth/);
    });

    test("an image with zstd layers runs", async () => {
      const port = await device().appliance.machine.forward(8082);
      await device().apply(server("packed", { image: imageOf("nginx:zstd"), ports: [{ host: 8082, container: 80 }] }));
      await waitFor("The page", 30_000, async () => (await fetch(`http://127.0.0.1:${port}`)).ok);
      await device().remove("packed");
    });

    test("killed, it is started again, each time after a longer wait", async () => {
      await device().apply(idler("fragile", { restart: { delay: "500ms", maxDelay: "8s" } }));
      const waits: number[] = [];
      for (const restarts of [1, 2, 3]) {
        const { pid } = await device().process("fragile");
        await device().shell(`kill -KILL ${pid}`);
        const status = await waitFor(`Restart ${restarts}`, 60_000, async () => {
          const now = await device().status("fragile");
          return now.restarts === restarts && now.phase === "running" ? now : undefined;
        });
        assert.equal(status.desired, "running");
        const next = await device().shell(`systemctl show --value -p RestartUSecNext ${unitOf("fragile")}`);
        waits.push(milliseconds(next));
      }
      assert.deepEqual(
        waits,
        waits.toSorted((a, b) => a - b),
      );
      assert.ok((waits[0] ?? 0) < (waits[2] ?? 0), `${waits}`);
      assert.match((await device().appliance.overLan(["ps"])).stdout, /^fragile +running +- +\S+ +3 /m);
      await device().remove("fragile");
    });
  });
}

/** Reads a time span of systemctl, such as `1s 500ms`. */
function milliseconds(span: string): number {
  let sum = 0;
  for (const [, number, unit] of span.matchAll(/([\d.]+)(us|ms|s|min)/g)) {
    sum += Number(number) * ({ us: 0.001, ms: 1, s: 1000, min: 60_000 }[unit ?? ""] ?? Number.NaN);
  }
  return sum;
}
