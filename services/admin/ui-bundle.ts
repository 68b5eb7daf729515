import { createHash } from "node:crypto";
import { basename } from "node:path";
import page from "./ui/index.html";
import type { UiFile, UiFiles } from "./ui-files.ts";

interface Built {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * The page's files. In the compiled executable they are inside, bundled when it was built; from source they are bundled
 * now. Served by hand, since a route of Bun.serve that is an HTML import takes no headers.
 * Source: https://bun.com/docs/bundler/fullstack
 */
export async function loadUi(): Promise<UiFiles> {
  const built = page.files === undefined ? await bundle(page.index) : await readEmbedded(page.files);
  return new Map(built.map(({ path, bytes }) => [addressOf(path), describe(path, bytes)]));
}

async function bundle(entry: string): Promise<Built[]> {
  const { outputs } = await Bun.build({ entrypoints: [entry], minify: true });
  return Promise.all(
    outputs.map(async (output) => ({ path: output.path, bytes: new Uint8Array(await output.arrayBuffer()) })),
  );
}

function readEmbedded(files: readonly { readonly path: string }[]): Promise<Built[]> {
  return Promise.all(files.map(async ({ path }) => ({ path, bytes: await Bun.file(path).bytes() })));
}

function addressOf(path: string): string {
  return path.endsWith(".html") ? "/" : `/${basename(path)}`;
}

function describe(path: string, bytes: Uint8Array<ArrayBuffer>): UiFile {
  const extension = path.slice(path.lastIndexOf(".") + 1);
  return {
    bytes,
    type: TYPES[extension] ?? "application/octet-stream",
    tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    immutable: extension !== "html",
  };
}
