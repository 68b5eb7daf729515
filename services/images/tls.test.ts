import "reflect-metadata";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { test } from "node:test";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { fetchTransport } from "./fetch-transport.ts";
import { refused } from "./fixtures/refused.ts";
import { readAll } from "./read-all.ts";

// Deno's fetch takes its certificates elsewhere; the device runs Bun.
const skip = "Deno" in globalThis;

test("a registry's own certificate is trusted when its settings say so, and only then", { skip }, async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(pkcs8).toString("base64")}\n-----END PRIVATE KEY-----\n`;
  const ca = certificate.toString("pem");
  const server = createServer({ cert: ca, key }, (_, response) => response.end("hello"));
  server.listen(0, "localhost");
  await once(server, "listening");
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const request = {
      url: new URL(`https://localhost:${port}/v2/`),
      headers: {},
      signal: new AbortController().signal,
      stallMilliseconds: 5000,
    };
    const response = await fetchTransport({ ...request, ca });
    assert.equal(new TextDecoder().decode(await readAll(response.body, 100)), "hello");
    const error = await refused(fetchTransport({ ...request, ca: undefined }), "registry-unreachable");
    assert.match(error.message, /certificate/);
    assert.equal(error.transient, true);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
