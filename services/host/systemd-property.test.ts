import assert from "node:assert/strict";
import { test } from "node:test";
import { unitOfPath, unitPath } from "./systemd-property.ts";

test("a unit's object path is escaped as systemd escapes it", () => {
  // As `busctl tree org.freedesktop.systemd1` shows them.
  assert.equal(
    unitPath("berth-workload-web2.service"),
    "/org/freedesktop/systemd1/unit/berth_2dworkload_2dweb2_2eservice",
  );
  assert.equal(unitPath("9p.service"), "/org/freedesktop/systemd1/unit/_39p_2eservice");
});

test("and back", () => {
  assert.equal(unitOfPath(unitPath("berth-workload-a-1.service")), "berth-workload-a-1.service");
  assert.equal(unitOfPath("/org/freedesktop/systemd1/job/12"), undefined);
});
