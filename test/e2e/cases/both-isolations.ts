import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { WorkloadInput } from "../../../services/model/workload.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { imageOf, server } from "../support/manifests.ts";

/** A virtual machine boots first, emulated twice over. */
const PATIENCE = 240_000;
const SOON = 60_000;

const ISOLATIONS = ["container", "microvm"] as const;

/** What a manifest asks for and each isolation gives, whichever it is. */
export function bothIsolationsCases(device: () => Device): void {
  const inside = async (workload: string, script: string) => {
    const { exec } = await device().succeed({ kind: "exec", workload, command: ["sh", "-c", script] }, PATIENCE);
    assert.ok(exec);
    return exec;
  };
  const logsOf = async (name: string) => {
    const lines: string[] = [];
    for await (const { data } of device().lan.follow("followLogs", { params: { name }, query: { tail: 1000 } }))
      lines.push(data.message);
    return lines;
  };

  for (const isolation of ISOLATIONS) {
    const [web, busy, worker] = [`both-web-${isolation}`, `both-busy-${isolation}`, `both-worker-${isolation}`];
    const port = isolation === "container" ? 8091 : 8092;

    describe(`as a ${isolation}`, () => {
      test("it serves by its published port, and its status says how it is kept apart", async () => {
        await device().apply(server(web, { isolation, ports: [{ host: port, container: 80 }] }), PATIENCE);
        const forwarded = await device().appliance.machine.forward(port);
        const page = await waitFor("The page", SOON, async () => {
          const response = await fetch(`http://127.0.0.1:${forwarded}/`, { signal: AbortSignal.timeout(5000) });
          return response.text();
        });
        assert.match(page, /Berth/);
        assert.equal((await device().status(web)).isolation, isolation);
      });

      test("it has its environment, user, files and volume, and its health is asked for inside it", async () => {
        const manifest: WorkloadInput = {
          name: busy,
          image: imageOf("busybox:1"),
          isolation,
          init: true,
          env: { COLOUR: "green" },
          user: "1000:1001",
          hostname: "busybee",
          limits: { memory: "128Mi", cpus: 1, pids: 24 },
          volumes: [{ name: `both-${isolation}`, path: "/kept" }],
          files: [{ path: "/etc/settings", content: "a secret\n", mode: "0440", owner: "1000:1001" }],
          health: { exec: ["test", "-e", "/kept/ready"], interval: "3s" },
          entrypoint: ["sh", "-c"],
          args: [
            "trap 'echo farewell; exit 7' TERM; echo began $COLOUR; echo oh dear >&2; echo one >>/kept/ready; while :; do sleep 0.2; done",
          ],
        };
        await device().apply(manifest, PATIENCE);
        const { stdout } = await inside(
          busy,
          "id -u; id -g; echo $COLOUR; hostname; cat /etc/settings; stat -c '%a %u %g' /etc/settings /kept/ready; touch /root-is-read-only 2>/dev/null || echo read-only",
        );
        assert.equal(stdout, "1000\n1001\ngreen\nbusybee\na secret\n440 1000 1001\n644 1000 1001\nread-only\n");
        // Outside it is the workload's own ids that a volume holds.
        assert.match(await device().shell(`cat /data/berth/volumes/both-${isolation}/data/ready`), /^one$/m);
        await waitFor("Health", SOON, async () => (await device().status(busy)).health === "healthy");
      });

      test("commands in it end as they end, with their outputs, within its limits", async () => {
        const failed = await inside(busy, "echo out; echo err >&2; exit 5");
        assert.deepEqual([failed.exitCode, failed.stdout, failed.stderr], [5, "out\n", "err\n"]);
        const killed = await inside(busy, "kill -9 $$");
        assert.equal(killed.exitCode, 137);
        const { exec } = await device().succeed({ kind: "exec", workload: busy, command: ["/no/such/command"] }, SOON);
        assert.equal(exec?.exitCode, 127);
        const crowd = await inside(busy, "for n in $(seq 40); do sleep 3 & done; wait");
        assert.match(crowd.stderr, /can't fork|Resource temporarily unavailable/);
        const late = await device().succeed(
          { kind: "exec", workload: busy, command: ["sleep", "1000"], timeoutSeconds: 2 },
          SOON,
        );
        assert.equal(late.exec?.exitCode, 124);
      });

      test("it is found by its name, and finds others by theirs", async () => {
        const own = isolation === "microvm" ? "both-web-container" : web;
        for (const name of [web, own]) {
          const address = (await device().status(name)).address;
          const { stdout } = await inside(
            busy,
            `wget -q -T 10 -O - http://${address}/; nslookup ${name} || grep ${name} /etc/hosts`,
          );
          assert.match(stdout, /Berth/);
          assert.ok(stdout.includes(address ?? "?"), stdout);
        }
      });

      test("its stop signal reaches it, and what it wrote is kept in two outputs", async () => {
        await device().succeed({ kind: "stop", workload: busy }, SOON);
        const lines = await logsOf(busy);
        assert.ok(lines.includes("began green") && lines.includes("oh dear"), lines.join("\n"));
        assert.equal(lines.at(-1), "farewell");
        const events = (await device().events()).filter(({ workload }) => workload === busy);
        assert.ok(!events.some(({ message }) => /killed/.test(message)), JSON.stringify(events));
      });

      test("one that fails is started again by systemd, and a job's exit code ends its order", async () => {
        const manifest: WorkloadInput = {
          name: worker,
          image: imageOf("busybox:1"),
          isolation,
          limits: { memory: "128Mi" },
          volumes: [{ name: `both-worker-${isolation}`, path: "/kept" }],
          restart: { policy: "on-failure", delay: "100ms" },
          entrypoint: ["sh", "-c", "[ -e /kept/again ] && exec sleep 1000000; touch /kept/again; sleep 3; exit 3"],
          stop: { signal: "SIGKILL" },
        };
        await device().apply(manifest, PATIENCE);
        await waitFor("Its second start", PATIENCE, async () => {
          const { restarts, phase } = await device().status(worker);
          return restarts === 1 && phase === "running";
        });
        const events = (await device().events()).filter(({ workload }) => workload === worker);
        assert.ok(
          events.some(({ message }) => /exited with 3/.test(message)),
          JSON.stringify(events),
        );
        const { volumes: _, restart: __, ...job } = manifest;
        const receipt = await device().order(
          { kind: "apply", manifest: { ...job, entrypoint: ["sh", "-c", "exit 9"], job: {} } },
          PATIENCE,
        );
        assert.equal(receipt.status, "failed");
        assert.equal(receipt.exitCode, 9, JSON.stringify(receipt));
      });
    });
  }

  describe("both isolations", () => {
    after(async () => {
      const names = ISOLATIONS.flatMap((one) => [`both-web-${one}`, `both-busy-${one}`, `both-worker-${one}`]);
      await device().remove(...names);
    });

    test("what they use is counted alike", async () => {
      for await (const { data } of device().lan.follow("followStats", { query: { follow: false } })) {
        for (const isolation of ISOLATIONS) {
          const usage = data.workloads.find(({ name }) => name === `both-web-${isolation}`)?.usage;
          assert.ok(usage !== undefined && usage.memory.current > 0 && usage.pids.current >= 1, JSON.stringify(data));
          assert.ok((usage.network?.received ?? 0) > 0);
        }
      }
      assert.match(await device().shell(`systemctl show -p Description ${unitOf("both-web-microvm")}`), /micro-VM/);
    });
  });
}
