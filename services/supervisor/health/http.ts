import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { HttpProbe } from "../../model/workload/health.ts";
import { withOutput } from "./output.ts";
import type { ProbeResult } from "./probe.ts";

/** Bytes of an answer's body that are read, of one that tells of a failure. */
const MOST_BODY = 1024;

/**
 * Asks a workload's web server once; a redirect is an answer and is not followed. Over https the certificate is not checked unless
 * the probe says so: it names what clients call the server, and its authority is often the operator's own.
 */
export async function probeHttp(address: string, probe: HttpProbe, signal: AbortSignal): Promise<ProbeResult> {
  const answer = await ask(address, probe, signal);
  const status = answer.statusCode ?? 0;
  const sentence = `it answered with status ${status}`;
  const succeeded = status >= 200 && status < 400;
  try {
    return { succeeded, message: succeeded ? sentence : withOutput(sentence, await beginningOf(answer)) };
  } finally {
    answer.destroy();
  }
}

function ask(address: string, probe: HttpProbe, signal: AbortSignal): Promise<IncomingMessage> {
  const { scheme, port, path, host, headers, verify } = probe;
  const options = {
    host: address,
    port,
    path,
    signal,
    agent: false,
    headers: { "user-agent": "berth", ...headers, ...(host === undefined ? {} : { host }), connection: "close" },
  } as const;
  return new Promise((resolve, reject) => {
    const name = host?.replace(/:[0-9]+$/, "");
    const request =
      scheme === "http"
        ? httpRequest(options, resolve)
        : httpsRequest(
            { ...options, rejectUnauthorized: verify, ...(name === undefined ? {} : { servername: name }) },
            resolve,
          );
    request.once("error", reject);
    request.end();
  });
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) break;
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_BODY) break;
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MOST_BODY));
}
