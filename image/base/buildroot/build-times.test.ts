import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTimes, timeTable } from "./build-times.ts";

const LOG = `100.5:start:configure           : host-m4
110.5:end  :configure           : host-m4
110.5:start:build               : crun
120.0:start:build               : host-m4
121.0:end  :build               : host-m4
200.0:start:build               : crun
230.0:end  :build               : crun
300.0:start:build               : linux
`;

test("the steps of a package add up, and one that was begun again counts once", () => {
  assert.deepEqual(buildTimes(LOG), [
    { name: "crun", seconds: 30 },
    { name: "host-m4", seconds: 11 },
  ]);
});

test("the table has each package and the sum", () => {
  assert.equal(timeTable(buildTimes(LOG)), "     30 s  crun\n     11 s  host-m4\n     41 s  in all\n");
});
