/** A file of the page, as it is sent. */
export interface UiFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly tag: string;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

/** The page's files by their path in the address. */
export type UiFiles = ReadonlyMap<string, UiFile>;

/** The answer for a file, or 304 where the browser has it already. */
export function fileResponse(file: UiFile, request: Request): Response {
  const headers = {
    "content-type": file.type,
    etag: file.tag,
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (request.headers.get("if-none-match") === file.tag) return new Response(null, { status: 304, headers });
  return new Response(file.bytes, { headers });
}
