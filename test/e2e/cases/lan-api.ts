import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contract } from "../../../services/model/contract.ts";
import { Problem } from "../../../services/model/problem.ts";
import { type Device, trustingFetch } from "../support/device.ts";

/** The LAN API as any HTTP client meets it. */
export function lanApiCases(device: () => Device): void {
  describe("LAN API", () => {
    const get = (path: string, token?: string) =>
      trustingFetch(`${device().appliance.lanAddress}${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    const problem = async (response: Response) => {
      assert.equal(response.headers.get("content-type")?.split(";")[0], "application/problem+json");
      const body = Problem.parse(await response.json());
      assert.equal(body.status, response.status);
      assert.equal(body.type, `urn:berth:problem:${body.reason.code}`);
      return body;
    };

    test("without the token nothing is told", async () => {
      for (const { path } of Object.values(contract)) {
        const response = await get(path.replaceAll(/\{\w+\}/g, "some-name"));
        assert.equal(response.status, 401, path);
        assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
        const { reason } = await problem(response);
        assert.equal(reason.code, "unauthorized");
        assert.equal(reason.field, "authorization");
      }
      assert.equal((await problem(await get("/v1/device", "not-the-token-of-it"))).reason.code, "unauthorized");
    });

    test("an error is a problem with code, field and value", async () => {
      const { reason, status } = await problem(await get("/v1/workloads/nobody", device().appliance.token));
      assert.equal(status, 404);
      assert.deepEqual([reason.code, reason.field, reason.value], ["workload-not-found", "name", "nobody"]);
    });

    test("/openapi.json lists every operation", async () => {
      const document = await (await get("/openapi.json")).json();
      assert.match(document.openapi, /^3\.1/);
      for (const [name, { path, method }] of Object.entries(contract)) {
        assert.equal(document.paths[path]?.[method]?.operationId, name, `${method} ${path}`);
      }
    });

    test("the page comes over HTTPS and may run and load nothing but its own", async () => {
      const response = await get("/");
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self'(;|$)/);
      const page = await response.text();
      const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
      assert.ok(addresses.length >= 3);
      for (const address of addresses) {
        assert.doesNotMatch(address, /^(https?:)?\/\//);
        assert.equal((await get(new URL(address, "https://device/").pathname)).status, 200, address);
      }
    });
  });
}
