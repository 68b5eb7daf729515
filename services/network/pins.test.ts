import assert from "node:assert/strict";
import { test } from "node:test";
import { linkLocalAddress } from "./address.ts";
import { renderPins } from "./pins.ts";

test("a guest's frames carry its own addresses or go nowhere", () => {
  const rules = renderPins([{ v4: "10.88.0.5", v6: "fd00:1::5" }]);
  assert.match(rules, /iifname "bw88-0-5" goto bw88-0-5/);
  assert.match(rules, /ether saddr != 02:be:0a:58:00:05 drop/);
  assert.match(rules, /arp saddr ether 02:be:0a:58:00:05 arp saddr ip 10\.88\.0\.5 accept/);
  const targets = ["0xfd000001000000000000000000000005", "0xfe8000000000000000be0afffe580005"];
  const advert = `nd-neighbor-advert ${targets.map((target) => `@th,64,128 != ${target}`).join(" ")} drop`;
  assert.ok(rules.includes(advert), rules);
  assert.match(rules, /ip6 saddr \{ fd00:1::5, fe80::00be:0aff:fe58:0005 \} accept/);
  assert.match(rules, /\n {4}drop\n {2}\}/);
});

test("without guests the table stands empty", () => {
  assert.doesNotMatch(renderPins([]), /drop/);
});

test("the address of an interface's own link comes of its hardware address", () => {
  assert.equal(linkLocalAddress("02:be:0a:58:00:05"), "fe80::00be:0aff:fe58:0005");
});
