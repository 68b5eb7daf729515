import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { issue, type KeyedCertificate, makeAuthority } from "../certificate.ts";
import { checkConfiguration } from "./check.ts";

const SIGNING_KEY = { id: "fleet", publicKey: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
const SECRET = "s3cret-that-nobody-may-see";

let authority: KeyedCertificate;
let device: KeyedCertificate;
before(async () => {
  authority = await makeAuthority("Fleet");
  device = await issue({ authority, commonName: "demo", usage: "client", days: 30 });
});

function problemsOf(input: unknown) {
  const checked = checkConfiguration(input);
  return checked.ok ? [] : checked.problems;
}

function fleet(more: object) {
  return { device: "demo", fleet: { broker: "mqtts://10.0.0.1:8883", signingKeys: [SIGNING_KEY], ...more } };
}

describe("checkConfiguration", () => {
  test("accepts everything a configuration can say", () => {
    const input = {
      device: "demo",
      hostname: "shop-window",
      network: [{ match: "eth0 en*", address: "10.0.0.5/8", gateway: "10.0.0.1", dns: ["fd00::53"] }, {}],
      admin: { token: "0123456789abcdef" },
      fleet: {
        broker: "mqtts://10.0.0.1:8883",
        ca: `# the fleet's\n${authority.certificate}\n${authority.certificate}\n`,
        certificate: device.certificate,
        key: device.privateKey,
        signingKeys: [SIGNING_KEY],
      },
      registries: { "10.0.0.1:5000": { endpoint: "http://10.0.0.1:5000" }, "docker.io": { ca: authority.certificate } },
    };
    assert.deepEqual(problemsOf(input), []);
    assert.deepEqual(problemsOf({ device: "demo" }), []);
  });

  test("names every problem at once, with its field, its value and what is allowed", () => {
    const input = {
      device: "Demo Device",
      hostnam: "demo",
      netwrk: [],
      network: [{ match: "eth0", gateway: "10.0.0.256" }, { address: "10.0.0.5" }],
      registries: { "docker.io": { endpoint: "ftp://x" } },
    };
    assert.deepEqual(
      problemsOf(input).map(({ code, field, value, allowed }) => [code, field, value, allowed]),
      [
        [
          "invalid-value",
          "device",
          "Demo Device",
          "lower-case letters, digits and inner hyphens, at most 63 characters (a DNS label)",
        ],
        ["invalid-value", "network[0].gateway", "10.0.0.256", "an IPv4 or IPv6 address"],
        [
          "invalid-value",
          "network[1].address",
          "10.0.0.5",
          "an address with its prefix length, such as 192.168.1.5/24",
        ],
        ["invalid-value", "registries.docker.io.endpoint", undefined, "an http or https address"],
        ["unknown-field", "hostnam", undefined, "device, hostname, network, admin, fleet, policy, registries"],
        ["unknown-field", "netwrk", undefined, "device, hostname, network, admin, fleet, policy, registries"],
      ],
    );
    assert.match(problemsOf(input)[4]?.message ?? "", /did you mean hostname/);
  });

  test("refuses what has the right form and cannot work", () => {
    const input = {
      device: "demo",
      network: [{ match: "eth0\n[Network]", address: "300.0.0.1/24" }, { address: "10.0.0.1/33" }, { match: "eth0\\" }],
      registries: { "https://docker.io": {}, nodots: {} },
    };
    assert.deepEqual(
      problemsOf(input).map(({ field }) => field),
      [
        "network[0].match",
        "network[0].address",
        "network[1].address",
        "network[2].match",
        "registries.https://docker.io",
        "registries.nodots",
      ],
    );
  });

  test("refuses keys and certificates that are torn or do not belong together", async () => {
    const other = await issue({ authority, commonName: "other", usage: "client", days: 30 });
    const { certificate, privateKey: key } = device;
    const torn = authority.certificate.split("\n").toSpliced(3, 1).join("\n");
    const cut = `${authority.certificate}\n${authority.certificate.slice(0, 300)}`;
    const cases: [object, string, RegExp][] = [
      [{ certificate }, "fleet.certificate", /without fleet\.key/],
      [{ key }, "fleet.key", /without fleet\.certificate/],
      [{ certificate, key: other.privateKey }, "fleet.key", /not the key of/],
      [{ certificate, key: key.replace(/[A-Za-z]{8}/, "") }, "fleet.key", /private key|not the key of/],
      [{ certificate: key, key }, "fleet.certificate", /not a whole certificate/],
      [{ ca: torn }, "fleet.ca", /not a whole certificate/],
      [{ ca: cut }, "fleet.ca", /not a whole certificate/],
      [{ signingKeys: [SIGNING_KEY, SIGNING_KEY] }, "fleet.signingKeys[1].id", /another key/],
    ];
    for (const [more, field, message] of cases) {
      const [problem, ...rest] = problemsOf(fleet(more));
      assert.equal(problem?.field, field);
      assert.match(problem?.message ?? "", message);
      assert.deepEqual(rest, []);
    }
  });

  test("never shows a token or a key, wherever it was put", () => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`;
    const inputs = [
      SECRET,
      [SECRET],
      { device: "demo", admin: SECRET },
      { device: "demo", admin: { token: "s3cret-that" } },
      { device: "demo", admin: { tokn: SECRET } },
      { device: "demo", token: SECRET },
      { device: "demo", fleet: SECRET },
      fleet({ key: SECRET }),
      fleet({ key: pem }),
      fleet({ ca: pem }),
      fleet({ certificate: SECRET, key: pem }),
      fleet({ broker: `amqp://user:${SECRET}@host` }),
      fleet({ signingKeys: [{ id: "fleet", publicKey: pem }] }),
      { device: "demo", registries: { "docker.io": { endpoint: `ftp://user:${SECRET}@host` } } },
      { device: "demo", registries: { "docker.io": SECRET } },
    ];
    for (const input of inputs) {
      const problems = problemsOf(input);
      assert.ok(problems.length > 0, JSON.stringify(input));
      assert.ok(!JSON.stringify(problems).includes("s3cret"), JSON.stringify(problems));
    }
  });
});
