/** A GET request. */
export interface TransportRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates to trust beside the built-in ones, PEM. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  /** The request fails when this long passes without a byte while one is waited for. */
  readonly stallMilliseconds: number;
}

/** An answer whose head has arrived. `body` can be read once; leaving the loop ends the request. */
export interface TransportResponse {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends a request and gives the answer as it is: redirects are not followed, bodies not decompressed. Failures of the
 * network, of TLS and stalls are thrown as a transient `registry-unreachable`, also while the body is read.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;
