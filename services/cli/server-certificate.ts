import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { ReasonError } from "../model/reason.ts";

/** The certificate a server presents, whoever signed it. Nothing but the handshake is sent. Waits at most ten seconds. */
export function fetchServerCertificate(base: string): Promise<X509Certificate> {
  const url = new URL(base);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(url.port || 443), rejectUnauthorized: false, timeout: 10_000 });
    const fail = (cause: unknown) => {
      socket.destroy();
      const why = cause instanceof Error ? cause.message : String(cause);
      const reason = { code: "unreachable", message: `${url.host} cannot be reached: ${why}` };
      reject(new ReasonError(reason, { cause, transient: true }));
    };
    socket.once("error", fail);
    socket.once("timeout", () => fail(new Error("no answer within 10 s")));
    socket.once("secureConnect", () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      if (raw === undefined) fail(new Error("it presents no certificate"));
      else resolve(new X509Certificate(raw));
    });
  });
}
