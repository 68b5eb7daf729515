import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Problem } from "../../../services/model/problem.ts";
import type { Receipt } from "../../../services/model/receipt.ts";
import { waitFor } from "../../rig/wait.ts";
import { type Device, trustingFetch } from "../support/device.ts";
import { idler } from "../support/manifests.ts";
import { publishOrders, TestIssuer } from "../support/orders.ts";

/** Signed orders as an attacker, a mistaken backend or a stuttering broker would bring them. */
export function orderCases(device: () => Device, issuer: TestIssuer): void {
  describe("signed orders", () => {
    let process: { pid: number; started: string };
    const stop = { kind: "stop", workload: "target" } as const;
    const onLan = (body: Awaited<ReturnType<TestIssuer["sign"]>>) => device().lan.call("giveSignedOrder", { body });
    /** The receipt of an order that came over MQTT. */
    const answer = (order: string) =>
      waitFor(`A receipt of ${order}`, 60_000, () => device().lan.call("getOrder", { params: { id: order } }));
    const refused = (
      { status, verified, reason }: Receipt,
      expected: Receipt["status"],
      code: string,
      field: string,
    ) => {
      assert.equal(status, expected);
      assert.equal(reason?.code, code);
      assert.equal(reason.field, field);
      assert.ok(reason.allowed !== undefined);
      return { verified, value: reason.value };
    };

    before(async () => {
      await device().apply(idler("target"));
      process = await device().process("target");
    });

    after(async () => {
      assert.deepEqual(await device().process("target"), process, "a refused order took effect");
      await device().remove("target");
    });

    test("expired", async () => {
      // By an hour: the clock of an emulated device lags.
      const expiresAt = new Date(Date.now() - 3_600_000).toISOString();
      const order = issuer.order(device(), stop, { expiresAt });
      await publishOrders(device(), [await issuer.sign(order)]);
      const { value, verified } = refused(await answer(order.id), "expired", "order-expired", "expiresAt");
      assert.equal(value, expiresAt);
      assert.equal(verified, true);
    });

    test("for another device", async () => {
      const order = issuer.order(device(), stop, { device: "somebody-else" });
      await publishOrders(device(), [await issuer.sign(order)]);
      const { value } = refused(await answer(order.id), "rejected", "wrong-audience", "device");
      assert.equal(value, "somebody-else");
    });

    test("replayed under another id", async () => {
      const order = issuer.order(device(), { kind: "exec", workload: "target", command: ["true"] });
      const signed = await issuer.sign(order);
      assert.equal((await onLan(signed)).status, "accepted");
      assert.equal((await device().end(order.id)).status, "succeeded");
      const { value } = refused(
        await onLan(await issuer.sign({ ...order, id: crypto.randomUUID(), action: stop })),
        "rejected",
        "order-replayed",
        "sequence",
      );
      assert.equal(value, order.sequence);
      // The very same order again is no new order: its end is told again.
      assert.deepEqual(await onLan(signed), await device().end(order.id));
    });

    test("with a signature that does not fit, or by a key that is not trusted", async () => {
      const order = issuer.order(device(), stop);
      const { payload } = await issuer.sign({ ...order, issuer: "somebody else" });
      const forged = refused(
        await onLan({ ...(await issuer.sign(order)), payload }),
        "rejected",
        "signature-invalid",
        "signature",
      );
      assert.equal(forged.verified, false);
      const stranger = await TestIssuer.make();
      refused(await onLan(await stranger.sign(order)), "rejected", "signature-invalid", "signature");
      const unknown = refused(
        await onLan(await issuer.sign(order, "nobody")),
        "rejected",
        "signature-key-unknown",
        "protected.kid",
      );
      assert.equal(unknown.value, "nobody");
      // None of these took the id from the order that is right.
      const right = { ...order, action: { kind: "exec", workload: "target", command: ["true"] } as const };
      assert.equal((await onLan(await issuer.sign(right))).status, "accepted");
      assert.equal((await device().end(order.id)).status, "succeeded");
    });

    test("unsigned over MQTT, as a JWS without algorithm and as plain JSON", async () => {
      const order = issuer.order(device(), stop);
      const signed = await issuer.sign(order);
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "berth-order", kid: issuer.keyId })).toString(
        "base64url",
      );
      await publishOrders(device(), [{ ...signed, protected: header }, order, "not even JSON"]);
      const { verified } = refused(await answer(order.id), "rejected", "signature-missing", "signature");
      assert.equal(verified, false);
      // What is no signed order at all is told to the fleet; its operator sees it at the device.
      await waitFor("The fleet's word of it", 30_000, async () => {
        const { stdout } = await device().appliance.overFleet(["device"]);
        return /the message is not JSON/.test(stdout);
      });
    });

    test("unsigned on the LAN's door for signed ones", async () => {
      const response = await trustingFetch(`${device().appliance.lanAddress}/v1/orders/signed`, {
        method: "POST",
        headers: { authorization: `Bearer ${device().appliance.token}`, "content-type": "application/json" },
        body: JSON.stringify({ ...(await issuer.sign(issuer.order(device(), stop))), signature: "" }),
      });
      assert.equal(response.status, 400);
      const { reason } = Problem.parse(await response.json());
      assert.equal(reason.field, "signature");
      assert.ok(reason.allowed !== undefined);
    });

    test("unsigned on the agent's socket", async () => {
      const { code, stderr } = await device().appliance.machine.exec(
        "BERTH_SOCKET=/run/berth/agent/supervisor.sock berth stop target",
      );
      assert.equal(code, 1);
      assert.match(stderr, /signed orders alone/);
    });

    test("delivered twice, it takes effect once", async () => {
      const action = { kind: "apply", manifest: idler("twice") } as const;
      const order = issuer.order(device(), action);
      const signed = await issuer.sign(order);
      await publishOrders(device(), [signed, signed]);
      await answer(order.id);
      assert.equal((await device().end(order.id)).status, "succeeded");
      // Once more, after its end, and by the other way in.
      await publishOrders(device(), [signed]);
      assert.equal((await onLan(signed)).status, "succeeded");
      assert.deepEqual(
        (await device().receipts(order.id)).map(({ status }) => status),
        ["accepted", "running", "succeeded"],
      );
      const events = (await device().events()).filter((event) => event.order === order.id);
      for (const kind of ["order-accepted", "workload-started", "order-succeeded"]) {
        assert.equal(events.filter((event) => event.kind === kind).length, 1, kind);
      }
      await device().remove("twice");
    });
  });
}
