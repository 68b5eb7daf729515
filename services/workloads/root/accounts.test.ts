import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../../model/reason.ts";
import { findAccount } from "./accounts.ts";

const files = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nnginx:x:101:102:nginx:/var/cache/nginx:/sbin/nologin\nbroken line\n",
  group: "root:x:0:\nnginx:x:102:\nadm:x:4:nginx,syslog\nssl:x:110:nginx\n",
};

test("a name is looked up in the image, with its group, its extra groups and its home", () => {
  assert.deepEqual(findAccount({ user: "nginx" }, files), {
    uid: 101,
    gid: 102,
    additionalGids: [4, 110],
    home: "/var/cache/nginx",
  });
});

test("a number is the account of that number where there is one", () => {
  assert.equal(findAccount({ user: "101" }, files).gid, 102);
});

test("a number without an account runs in group 0, as with Docker", () => {
  assert.deepEqual(findAccount({ user: "5000" }, files), { uid: 5000, gid: 0, additionalGids: [], home: "/" });
});

test("a given group stands alone, by name or number", () => {
  assert.deepEqual(findAccount({ user: "nginx:adm" }, files), {
    uid: 101,
    gid: 4,
    additionalGids: [],
    home: "/var/cache/nginx",
  });
  assert.equal(findAccount({ user: "1:2" }, { passwd: "", group: "" }).gid, 2);
});

test("without a user it is root, also in an image without account files", () => {
  assert.deepEqual(findAccount({ user: "" }, { passwd: "", group: "" }), {
    uid: 0,
    gid: 0,
    additionalGids: [],
    home: "/",
  });
});

test("an id the workload's range does not hold is refused, and the way out is named", () => {
  for (const user of ["65536", "1:65536", "big"]) {
    const passwd = `${files.passwd}big:x:100000:100:::\n`;
    assert.throws(
      () => findAccount({ user }, { ...files, passwd, highest: 65_535 }),
      (error) => error instanceof ReasonError && /userns: host/.test(error.reason.allowed ?? ""),
    );
  }
  assert.equal(findAccount({ user: "65535" }, { ...files, highest: 65_535 }).uid, 65_535);
});

test("groups of the manifest come beside the image's, by name and by number, each once", () => {
  const { additionalGids } = findAccount({ user: "nginx", groups: ["adm", "110", 2000, 102] }, files);
  assert.deepEqual(additionalGids, [4, 110, 2000]);
  for (const group of ["nobody2", 70_000]) {
    assert.throws(
      () => findAccount({ user: "", groups: [0, group] }, { ...files, highest: 65_535 }),
      (error) => error instanceof ReasonError && error.reason.field === "groups[1]",
    );
  }
});

test("a name the image does not know is a reason naming the field", () => {
  for (const user of ["nobody2", "nginx:nogroup", "99999999999"]) {
    assert.throws(
      () => findAccount({ user }, files),
      (error) => error instanceof ReasonError && error.reason.field === "user" && error.reason.value === user,
    );
  }
});
