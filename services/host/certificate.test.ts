import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { connect, createServer, type TlsOptions } from "node:tls";
import { fingerprint, issue, makeAuthority, makeSelfSigned } from "./certificate.ts";

/** What the server says to a client over TLS, or the client's error. */
async function talk(server: TlsOptions, client: Record<string, unknown>): Promise<string> {
  const listener = createServer(server, (socket) => {
    const { subject } = socket.getPeerCertificate();
    socket.end(`hello ${subject?.CN ?? "stranger"}`);
  });
  listener.on("tlsClientError", () => undefined);
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address: AddressInfo | string | null = listener.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    return await new Promise((resolve) => {
      let text = "";
      const socket = connect({ host: "127.0.0.1", port: address.port, ...client });
      socket.setEncoding("utf8");
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("error", (error) => resolve(`error: ${error.message}`));
      socket.on("close", () => resolve(text === "" ? "error: closed" : text));
    });
  } finally {
    listener.close();
  }
}

describe("makeSelfSigned", () => {
  test("a client that trusts it accepts a server with it under each of its names, and no other", async () => {
    const made = await makeSelfSigned({
      commonName: "demo",
      altNames: { dns: ["demo", "demo.local"], ip: ["127.0.0.1", "fd00::1"] },
      days: 30,
    });
    const server = { cert: made.certificate, key: made.privateKey };
    assert.equal(await talk(server, { ca: made.certificate }), "hello stranger");
    assert.equal(await talk(server, { ca: made.certificate, servername: "demo.local" }), "hello stranger");
    assert.match(await talk(server, { ca: made.certificate, servername: "other.local" }), /error/);
    assert.match(await talk(server, {}), /error/);
  });

  test("holds for its term, from a day before on", async () => {
    const now = new Date("2031-05-05T12:00:00Z");
    const { certificate } = await makeSelfSigned({ commonName: "demo", altNames: {}, days: 10, now });
    const parsed = new X509Certificate(certificate);
    assert.equal(new Date(parsed.validFrom).toISOString(), "2031-05-04T12:00:00.000Z");
    assert.equal(new Date(parsed.validTo).toISOString(), "2031-05-15T12:00:00.000Z");
    assert.equal(parsed.ca, false);
  });
});

describe("issue", () => {
  test("server and client of one authority know each other, and refuse strangers", async () => {
    const [authority, stranger] = [await makeAuthority("Fleet"), await makeAuthority("Fleet")];
    const altNames = { ip: ["127.0.0.1"] };
    const broker = await issue({ authority, commonName: "broker", altNames, usage: "server", days: 30 });
    const device = await issue({ authority, commonName: 'demo, O="x"', usage: "client", days: 30 });
    const impostor = await issue({ authority: stranger, commonName: "demo", usage: "client", days: 30 });
    const server: TlsOptions = {
      cert: broker.certificate,
      key: broker.privateKey,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: "TLSv1.2",
    };
    const ca = authority.certificate;
    assert.equal(
      await talk(server, { ca, cert: device.certificate, key: device.privateKey }),
      'hello demo, O="x"',
      "a name is a name, whatever it looks like",
    );
    assert.match(await talk(server, { ca, cert: impostor.certificate, key: impostor.privateKey }), /error/);
    assert.match(await talk(server, { ca }), /error/);
    assert.match(
      await talk(server, { ca: stranger.certificate, cert: device.certificate, key: device.privateKey }),
      /error/,
    );
    assert.ok(new X509Certificate(device.certificate).checkIssued(new X509Certificate(ca)));
  });
});

test("the fingerprint is the one openssl and browsers show", async () => {
  const { certificate } = await makeAuthority("Fleet");
  const body = Buffer.from(certificate.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const expected = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
  assert.equal(fingerprint(certificate), expected);
});
