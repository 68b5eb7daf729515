import assert from "node:assert/strict";
import { test } from "node:test";
import { ip6Groups } from "./ip6-groups.ts";

test("an address has eight groups, wherever its zeros are left out", () => {
  assert.equal(ip6Groups("fd00:1::5").join(":"), "fd00:1:0:0:0:0:0:5");
  assert.equal(ip6Groups("::").join(":"), "0:0:0:0:0:0:0:0");
  assert.equal(ip6Groups("::1").join(":"), "0:0:0:0:0:0:0:1");
  assert.equal(ip6Groups("fe80::").join(":"), "fe80:0:0:0:0:0:0:0");
  assert.equal(ip6Groups("1:2:3:4:5:6:7:8").join(":"), "1:2:3:4:5:6:7:8");
});
