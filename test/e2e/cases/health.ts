import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeSelfSigned } from "../../../services/host/certificate.ts";
import type { Health } from "../../../services/model/state.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { pushWithConfig } from "../support/images.ts";
import { idler, imageOf, server } from "../support/manifests.ts";

/** Fails once there is /tmp/sick, and then writes what would clear the terminal that shows it. */
const CHECK = "[ ! -e /tmp/sick ] || { printf 'out of \\033[2Jink'; exit 3; }";
const OFTEN = { interval: "1s", timeout: "30s", retries: 2 } as const;

/** nginx over TLS alone; who does not ask for it by its name, in TLS and in HTTP, is told that it is not well. */
function nginxOverTls(name: string): string {
  return `worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr info;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path /tmp/${one};`).join(" ")}
  server {
    listen 443 ssl;
    ssl_certificate /etc/nginx/own.crt;
    ssl_certificate_key /etc/nginx/own.key;
    if ($ssl_server_name != "${name}") { return 503; }
    if ($host != "${name}") { return 503; }
    return 200 "ok";
  }
}
`;
}

/** Health checks, and what is done about workloads that fail them. */
export function healthCases(device: () => Device): void {
  describe("health", () => {
    const healthIs = (name: string, health: Health) =>
      waitFor(`${name} ${health}`, 120_000, async () => {
        const status = await device().status(name);
        return status.health === health ? status : undefined;
      });
    const sicken = (workload: string) => device().succeed({ kind: "exec", workload, command: ["touch", "/tmp/sick"] });
    const tmpfs = [{ path: "/tmp" }];
    const own = () => idler("health-own", { image: imageOf("checked:1"), tmpfs });
    const told = (onFailure: "stop" | "report") =>
      idler("health-told", { tmpfs, health: { exec: ["sh", "-c", CHECK], ...OFTEN, onFailure } });

    before(async () => {
      const Healthcheck = { Test: ["CMD-SHELL", CHECK], Interval: 1e9, StartInterval: 1e9, Timeout: 30e9, Retries: 2 };
      await pushWithConfig(device(), "checked:1", { Healthcheck });
      await device().apply(own());
      await device().apply(told("report"));
    });

    after(() => device().remove("health-own", "health-told"));

    test("an image's own HEALTHCHECK serves where the manifest has none, and brings an unhealthy workload back", async () => {
      assert.equal((await device().status("health-own")).health, "healthy");
      const first = await device().process("health-own");
      await sicken("health-own");
      await waitFor("A new process", 120_000, async () => {
        const { pid, started } = await device().process("health-own");
        return pid !== 0 && started !== first.started;
      });
      await healthIs("health-own", "healthy");
      const event = (await device().events()).findLast(
        ({ kind, workload }) => kind === "workload-unhealthy" && workload === "health-own",
      );
      assert.match(event?.message ?? "", /exited with 3: out of \[2Jink$/);
      await device().apply({ ...own(), health: { disabled: true } });
      assert.equal((await device().status("health-own")).health, "none");
    });

    test("one that is only reported runs on, and its status says what the check heard", async () => {
      const first = await device().process("health-told");
      await sicken("health-told");
      const { phase, reason } = await healthIs("health-told", "unhealthy");
      assert.deepEqual([phase, reason?.code], ["running", "unhealthy"]);
      assert.equal(reason?.message, "the command exited with 3: out of [2Jink");
      const { stdout } = await device().appliance.overLan(["ps"]);
      assert.match(stdout, /^health-told +running +unhealthy /m);
      assert.match(stdout, /^health-told: the command exited with 3: out of \[2Jink \(unhealthy\)$/m);
      assert.deepEqual(await device().process("health-told"), first);
    });

    test("one that is to be stopped is, and stays so until it is ordered to start", async () => {
      await device().apply(told("stop"));
      const { pid } = await device().process("health-told");
      await sicken("health-told");
      const { reason } = await device().phase("health-told", "failed");
      assert.equal(reason?.code, "unhealthy");
      assert.match(reason?.message ?? "", /out of \[2Jink$/);
      await device().shell(`[ ! -e /proc/${pid} ] && ! systemctl is-active --quiet ${unitOf("health-told")}`);
      await device().succeed({ kind: "start", workload: "health-told" });
      await healthIs("health-told", "healthy");
    });

    test("a workload starts once those it comes after are healthy, whichever was ordered first", async () => {
      const after = [{ workload: "health-first", requires: "healthy" as const }];
      const { order } = await device().give({ kind: "apply", manifest: idler("health-second", { after }) });
      const waits = (why: RegExp) =>
        waitFor(`health-second to wait: ${why}`, 60_000, async () => {
          const { phase, reason } = await device().status("health-second");
          return phase === "pending" && why.test(reason?.message ?? "");
        });
      await waits(/waits for health-first to be healthy: there is no such workload/);
      const health = { exec: ["test", "-e", "/tmp/well"], ...OFTEN, startPeriod: "10m" };
      const first = await device().give({ kind: "apply", manifest: idler("health-first", { tmpfs, health }) });
      await waits(/waits for health-first to be healthy: it is starting, the command exited with 1/);
      const unit = unitOf("health-second");
      assert.equal(await device().shell(`systemctl list-units --all --no-legend ${unit}`), "");
      await device().phase("health-first", "running");
      await device().succeed({ kind: "exec", workload: "health-first", command: ["touch", "/tmp/well"] });
      for (const one of [first.order, order]) assert.equal((await device().end(one)).status, "succeeded");
      await device().remove("health-second", "health-first");
    });

    test("workloads that would wait for each other are refused, and the way is named", async () => {
      const manifest = idler("health-round", { after: ["health-round"] });
      const { status, reason } = await device().order({ kind: "apply", manifest });
      assert.deepEqual([status, reason?.code], ["rejected", "dependency-cycle"]);
      assert.match(reason?.message ?? "", /health-round after health-round/);
    });

    test("a server with a certificate of its own is asked over https by the name it goes by; verified, it is not believed", async () => {
      const name = "shop.example";
      const { certificate, privateKey } = await makeSelfSigned({
        commonName: name,
        altNames: { dns: [name] },
        days: 2,
      });
      const owner = "33:33";
      const secure = (verify: boolean) =>
        server("health-tls", {
          files: [
            { path: "/etc/nginx/nginx.conf", content: nginxOverTls(name) },
            { path: "/etc/nginx/own.crt", content: certificate },
            { path: "/etc/nginx/own.key", content: privateKey, mode: "0400", owner },
          ],
          user: owner,
          capabilities: { add: ["NET_BIND_SERVICE"] },
          health: {
            http: { scheme: "https", port: 443, host: name, verify },
            ...OFTEN,
            // Time to begin to listen; nobody waits for the end of it where the first answer is right.
            startPeriod: verify ? "15s" : "2m",
          },
          restart: { policy: "never" },
        });
      await device().apply(secure(false));
      const { health, address } = await device().status("health-tls");
      assert.equal(health, "healthy");
      const listening = await device().shell("ip netns exec berth-health-tls cat /proc/net/tcp /proc/net/tcp6");
      assert.match(listening, /:01BB 0+:0000 0A/);
      assert.doesNotMatch(listening, /:0050 0+:0000 0A/, `${address} serves without TLS`);
      const { status, reason } = await device().order({ kind: "apply", manifest: secure(true) });
      assert.deepEqual([status, reason?.code], ["failed", "not-healthy"]);
      assert.match(reason?.message ?? "", /certificate.*; what ran before runs again$/);
      await device().remove("health-tls");
    });

    test("a web server is asked by the name and path its check gives", async () => {
      const check = { port: 80, path: "/healthz", host: "shop.example", headers: { "X-Probe": "berth" } };
      await device().apply(server("health-web", { health: { http: check, ...OFTEN } }));
      assert.equal((await device().status("health-web")).health, "healthy");
      await device().remove("health-web");
    });
  });
}
