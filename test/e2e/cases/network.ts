import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/** The device's address in QEMU's own network, and the bridge's. */
const LAN = "10.0.2.15";
const GATEWAY = "10.88.0.1";
const SOON = 30_000;

/** How workloads reach each other, the world and the device, and how they are reached. */
export function networkCases(device: () => Device): void {
  describe("network", () => {
    const inside = async (workload: string, script: string) => {
      const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] });
      assert.ok(exec);
      return exec;
    };
    const reads = async (workload: string, url: string) => {
      const { exitCode, stdout } = await inside(workload, `wget -q -T 5 -O - ${url}`);
      return exitCode === 0 ? stdout.trim() : undefined;
    };
    const hosts = async (workload: string) => (await inside(workload, "cat /etc/hosts")).stdout;
    const fromLan = async (port: number) => {
      const forwarded = await device().appliance.machine.forward(port);
      return fetch(`http://127.0.0.1:${forwarded}/`, { signal: AbortSignal.timeout(10_000), keepalive: false }).then(
        async (response) => (await response.text()).trim(),
        () => undefined,
      );
    };
    /** Runs a script on the device itself, with its own run time, and gives what it prints. */
    const onDevice = (script: string) => device().shell(`BUN_BE_BUN=1 berth -e '${script}'`);
    const fromDevice = async (urls: readonly string[]): Promise<(string | null)[]> =>
      JSON.parse(
        await onDevice(`console.log(JSON.stringify(await Promise.all(${JSON.stringify(urls)}.map((url) =>
          fetch(url, { signal: AbortSignal.timeout(5000) }).then(async (answer) => (await answer.text()).trim(), () => null)))))`),
      );

    before(() => Promise.all([device().apply(idler("network-client")), device().apply(web("network-web"))]));
    after(() => device().remove("network-client", "network-web"));

    test("a workload started later is reached by its name, in both families, and asked for by DNS", async () => {
      const { address, address6 } = await device().status("network-web");
      assert.match(address ?? "", /^10\.88\./);
      assert.match(address6 ?? "", /^fd[0-9a-f:]+$/);
      for (const place of ["network-web", "network-web.berth.internal", `${address}`, `[${address6}]`]) {
        assert.equal(await reads("network-client", `http://${place}/`), "network-web", place);
      }
      const answer = await waitFor("The names in the resolver", SOON, async () => {
        const { stdout } = await inside("network-client", "nslookup network-web.berth.internal");
        return stdout.includes(address ?? "?") ? stdout : undefined;
      });
      assert.ok(answer.includes(address6 ?? "?"), answer);
      assert.match(await device().shell("ip -6 addr show dev berth0"), /inet6 fd.*::a58:1\/64/);
    });

    test("its address is its own: after it was removed from memory, started again, and the supervisor killed", async () => {
      const { address, address6 } = await device().status("network-web");
      const same = async () => {
        const now = await device().phase("network-web", "running");
        assert.deepEqual([now.address, now.address6], [address, address6]);
      };
      await device().succeed({ kind: "stop", workload: "network-web" });
      assert.doesNotMatch(await hosts("network-client"), /network-web/);
      await device().succeed({ kind: "start", workload: "network-web" });
      await same();
      const before = await device().supervisor();
      await device().shell(`kill -KILL ${before}`);
      await waitFor("A new supervisor", SOON, async () => (await device().supervisor()) !== before);
      await same();
      assert.ok((await device().shell("cat /data/berth/network.json")).includes(`"network-web":"${address}"`));
      assert.equal(await reads("network-client", "http://network-web/"), "network-web");
    });

    test("ranges, protocols and addresses lead where they say, from everywhere", async () => {
      await device().apply(
        web("network-ports", {
          args: [
            "sh",
            "-c",
            `${page("network-ports")}; httpd -p 8000 -h /tmp; httpd -p 8001 -h /tmp; exec httpd -f -p 81 -h /tmp`,
          ],
          ports: [
            { host: "8000-8001", container: "8000-8001" },
            { host: "8190-8191", container: "80-81" },
            { host: 8192, container: 81, address: "127.0.0.1" },
            { host: 8193, container: 81, interface: "berth-none" },
            { host: 8194, container: 7, protocol: "udp" },
          ],
        }),
      );
      const name = "network-ports";
      for (const port of [8000, 8001, 8191]) assert.equal(await fromLan(port), name, `${port}`);
      for (const port of [8192, 8193]) assert.equal(await fromLan(port), undefined, `${port}`);
      const gateway6 = (await hosts("network-client")).match(/fd\S+::/)?.[0];
      const urls = [
        ...[`127.0.0.1:8000`, `${LAN}:8191`, `${GATEWAY}:8001`, `[${gateway6}a58:1]:8001`, "127.0.0.1:8192"],
        ...[`${LAN}:8192`, "127.0.0.1:8193"],
      ];
      assert.deepEqual(
        await fromDevice(urls.map((place) => `http://${place}/`)),
        [...Array(5).fill(name), null, null],
        `${urls}`,
      );
      // Also back to itself.
      for (const workload of ["network-client", name]) {
        assert.equal(await reads(workload, `http://${LAN}:8191/`), name);
        assert.equal(await reads(workload, `http://[${gateway6}a58:1]:8000/`), name);
      }
      const socket = `require("node:dgram").createSocket("udp4")`;
      await device().shell(
        `systemd-run --quiet --unit=network-echo --setenv=BUN_BE_BUN=1 ip netns exec berth-network-ports berth -e '
          const s = ${socket}; s.on("message", (m, from) => s.send("echo " + m, from.port, from.address)); s.bind(7)'`,
      );
      // Nothing at first, as long as the one who answers is not there yet.
      const answer = await waitFor(
        "The UDP answer",
        SOON,
        async () =>
          (await onDevice(`const s = ${socket}; s.on("message", (m) => { console.log(String(m)); s.close() });
          setTimeout(() => process.exit(), 2000).unref(); s.send("udp", 8194, "${LAN}")`)) || undefined,
      );
      assert.equal(answer, "echo udp");
      await device().shell("systemctl stop network-echo");
      const taken = await device().order({
        kind: "apply",
        manifest: web("network-rival", { ports: [{ host: "7999-8000", container: "1-2", address: LAN }] }),
      });
      assert.equal(taken.status, "rejected");
      assert.equal(taken.reason?.code, "port-conflict");
      assert.match(taken.reason?.message ?? "", /network-ports/);
    });

    test("another's table, its counters and open connections outlive a change of the rules", async () => {
      const forwarded = await device().appliance.machine.forward(8000);
      await device().shell(
        `nft 'table inet network-other { chain c { type filter hook input priority 10; policy accept; counter; }; }'`,
      );
      const connection = connect({ host: "127.0.0.1", port: forwarded });
      const answer = text(connection);
      connection.write("GET / HTTP/1.0\r\n");
      const packets = async () =>
        Number(/packets (\d+)/.exec(await device().shell("nft list table inet network-other"))?.[1]);
      const before = await packets();
      await device().apply(web("network-late", { ports: [{ host: 8195, container: 80 }] }));
      assert.equal(await fromLan(8195), "network-late");
      connection.write("\r\n");
      assert.match(await answer, /network-ports/);
      assert.ok((await packets()) > before);
      await device().shell("nft delete table inet network-other");
      await device().remove("network-late", "network-ports");
    });

    test("the device's own ports are closed, but those it declares", async () => {
      await device().shell(
        `systemd-run --quiet --unit=network-open --setenv=BUN_BE_BUN=1 berth -e 'Bun.serve({ port: 8196, hostname: "0.0.0.0", fetch: () => new Response("open") })'`,
      );
      await waitFor("The program", SOON, async () => (await fromDevice([`http://${LAN}:8196/`]))[0] === "open");
      assert.equal(await fromLan(8196), undefined);
      assert.equal(await reads("network-client", `http://${GATEWAY}:8196/`), undefined);
      const { reason } = await device().order({
        kind: "apply",
        manifest: web("network-rival", { ports: [{ host: 8196, container: 80 }] }),
      });
      assert.equal(reason?.code, "port-in-use");
      await device().shell("systemctl stop network-open");
    });

    test("on the device's own network, what it declares is open, and its name leads there", async () => {
      const args = ["sh", "-c", `${page("network-host")}; httpd -p 8198 -h /tmp; exec httpd -f -p 8197 -h /tmp`];
      await device().apply(
        web("network-host", { args, network: { mode: "host" }, ports: [{ host: 8197, container: 8197 }] }),
      );
      assert.equal(await fromLan(8197), "network-host");
      assert.equal(await fromLan(8198), undefined);
      assert.equal(await reads("network-client", "http://network-host:8197/"), "network-host");
      assert.match((await inside("network-host", "ip link")).stdout, /berth0/);
      assert.equal(await reads("network-host", "http://network-web/"), "network-web");
      // It moves: the name goes with it.
      const moved = web("network-host", { ports: [{ host: 8197, container: 80 }] });
      await device().apply(moved);
      assert.equal(await reads("network-client", "http://network-host/"), "network-host");
      await device().remove("network-host");
    });

    test("without a network there is but a loopback, and nobody's name", async () => {
      await device().apply(idler("network-none", { network: { mode: "none" } }));
      const { stdout } = await inside(
        "network-none",
        "ls /sys/class/net; cat /etc/hosts /etc/resolv.conf; httpd -p 9 -h /etc; wget -q -O - http://127.0.0.1:9/hostname",
      );
      assert.match(stdout, /^lo\n127/);
      assert.match(stdout, /^network-none$/m);
      assert.doesNotMatch(stdout, /network-web|nameserver/);
      const connects = `nc -w 5 ${GATEWAY} 53 </dev/null`;
      assert.notEqual((await inside("network-none", connects)).exitCode, 0);
      assert.equal((await inside("network-client", connects)).exitCode, 0);
      assert.doesNotMatch(await hosts("network-client"), /network-none/);
      await device().remove("network-none");
    });

    test("names and servers of its manifest are its own", async () => {
      const network = {
        dns: { servers: ["192.0.2.53", "2001:db8::53"], search: ["example.org"] },
        hosts: { printer: "192.0.2.7", "host.docker.internal": "gateway" },
      };
      await device().apply(idler("network-own", { network }));
      const { stdout } = await inside("network-own", "cat /etc/resolv.conf /etc/hosts");
      assert.match(stdout, /^search example\.org\nnameserver 192\.0\.2\.53\nnameserver 2001:db8::53\n/);
      assert.match(stdout, /^192\.0\.2\.7\tprinter$/m);
      assert.equal((await inside("network-own", "nc -w 5 host.docker.internal 53 </dev/null")).exitCode, 0);
      assert.doesNotMatch(await hosts("network-client"), /printer/);
      await device().remove("network-own");
    });

    test("a link is there ahead of its workload and goes with it; where its keeper was killed, another is made", async () => {
      // Nobody has switched it on at its other end.
      const ahead = () =>
        waitFor("a link ahead of its workload", SOON, async () => {
          const found = await device().shell("grep -l 0 /sys/class/net/bw-*/carrier || true");
          return /bw-[0-9a-f]+/.exec(found)?.[0];
        });
      const reachesDevice = async () =>
        (await inside("network-ahead", `nc -w 5 ${GATEWAY} 53 </dev/null`)).exitCode === 0;
      const link = await ahead();
      await device().apply(idler("network-ahead"));
      assert.equal(await device().shell(`cat /sys/class/net/${link}/carrier`), "1");
      assert.ok(await reachesDevice());
      await device().remove("network-ahead");
      await device().shell(`[ ! -e /sys/class/net/${link} ]`);
      const next = await ahead();
      const isKeeper = `[ "$(tr '\\0' ' ' <$one/cmdline)" = "sh -c echo; read -r _ " ]`;
      await device().shell(`for one in /proc/[0-9]*; do ${isKeeper} && kill -KILL \${one##*/}; done 2>/dev/null; true`);
      await device().apply(idler("network-ahead"));
      assert.ok(await reachesDevice());
      await device().shell(`[ ! -e /sys/class/net/${next} ]`);
      await device().remove("network-ahead");
    });

    test("a removed workload leaves no link, namespace, rule, name or address", async () => {
      const left = await device().shell(
        "ls /run/netns /sys/class/net; nft list table inet berth; cat /etc/hosts /data/berth/network.json",
      );
      for (const name of ["ports", "late", "host", "none", "own", "rival", "ahead"]) {
        assert.doesNotMatch(left, new RegExp(`network-${name}`), name);
      }
    });
  });
}

function page(text: string): string {
  return `echo ${text} >/tmp/index.html`;
}

/** A web server that says its own name. */
function web(name: string, more: Partial<WorkloadInput> = {}): WorkloadInput {
  return idler(name, {
    args: ["sh", "-c", `${page(name)}; exec httpd -f -p 80 -h /tmp`],
    tmpfs: [{ path: "/tmp", size: "1Mi" }],
    ...more,
  });
}
