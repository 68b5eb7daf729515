import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runBerth } from "../../rig/cli.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, unitOf } from "../support/device.ts";
import { imageOf } from "../support/manifests.ts";

/** A page, what it is made from, and a job that makes that. */
const COMPOSE = `
x-common: &common
  pull_policy: if_not_present
services:
  compose-web:
    image: \${REGISTRY:?say which}/nginx:\${NGINX:-1}
    ports: ["8080:80"]
    read_only: true
    tmpfs: /tmp:size=16m
    depends_on:
      compose_back: { condition: service_healthy }
    <<: *common
  compose_back:
    image: \${REGISTRY}/busybox:1
    command: httpd -f -p 8000 -h /srv
    volumes: ["compose-pages:/srv:ro"]
    healthcheck: { test: "wget -q -O- http://127.0.0.1:8000/page", interval: 2s, start_period: 1m }
    deploy: { resources: { limits: { cpus: "0.5", memory: 32M } } }
    depends_on:
      compose-setup: { condition: service_completed_successfully }
    <<: *common
  compose-setup:
    image: \${REGISTRY}/busybox:1
    entrypoint: ["/bin/sh", "-c"]
    command: ["echo \\"$\${WORD} page\\" >/srv/page"]
    environment: { WORD: composed }
    volumes: [{ type: volume, source: compose-pages, target: /srv }]
    build: .
    <<: *common
volumes:
  compose-pages: {}
`;

/** A compose file of somebody who comes from elsewhere. */
export function composeCases(device: () => Device): void {
  describe("compose", () => {
    test("three services are converted, applied and serve", async () => {
      const { appliance } = device();
      const file = join(appliance.folder, "compose.yaml");
      const folder = join(appliance.folder, "composed");
      writeFileSync(file, COMPOSE);
      const env = { REGISTRY: imageOf("x:1").replace(/\/x:1$/, "") };
      const { code, stdout, stderr } = await runBerth(appliance.prepared.executable, ["import", "-o", folder, file], {
        env,
      });
      assert.equal(code, 0, stderr);
      assert.equal(
        stderr,
        "left out: services.compose-setup.build: a device builds no images: build it elsewhere, push it, and name it under image\n",
      );
      const strict = await runBerth(appliance.prepared.executable, ["import", "--strict", file], { env });
      assert.equal(strict.code, 1);
      const applied = await appliance.overLan(["apply", ...stdout.trim().split("\n").reverse()]);
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      await device().phase("compose-web", "running");
      await waitFor(
        "The page",
        60_000,
        async () => (await fetch(appliance.webAddress).catch(() => undefined))?.ok || undefined,
      );
      const { exec } = await device().succeed({
        kind: "exec",
        workload: "compose-back",
        command: ["wget", "-q", "-O-", "http://compose-back:8000/page"],
      });
      assert.equal(exec?.stdout, "composed page\n");
      const limit = await device().shell(`systemctl show --value -p MemoryMax ${unitOf("compose-back")}`);
      assert.equal(limit, `${32 * 1024 * 1024}`);
      await device().remove("compose-web", "compose-back", "compose-setup");
      await device().lan.call("removeVolume", { params: { name: "compose-pages" } });
    });
  });
}
