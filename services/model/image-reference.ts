import { z } from "zod";
import { failure, type Result, success } from "./result.ts";

/** A parsed image reference. `registry` is host[:port]; exactly one of tag and digest leads the look-up (digest wins). */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

/**
 * Parses a reference as Docker and the OCI distribution spec do: `nginx` is `docker.io/library/nginx:latest`; a first
 * part with a dot, a colon or `localhost` is the registry.
 * Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export function parseImageReference(text: string): Result<ImageReference> {
  const refuse = (why: string) =>
    failure({
      code: "invalid-image-reference",
      message: `${JSON.stringify(text)} is not an image reference: ${why}`,
      value: text,
      allowed: "[registry/]repository[:tag][@sha256:digest], such as docker.io/library/nginx:1.28",
    });
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0) return refuse("more than one @");
  if (digest !== undefined && !DIGEST.test(digest))
    return refuse("the digest must be sha256: and 64 hexadecimal digits");

  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const registry = hasRegistry ? first : "docker.io";
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(":");
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;

  if (!HOST.test(registry)) return refuse("the registry must be a host name with an optional port");
  if (!REPOSITORY.test(repository)) return refuse("the repository must be lower-case path components");
  if (tag !== undefined && !TAG.test(tag))
    return refuse("the tag must be at most 128 letters, digits, dots, underscores and hyphens");
  return success({
    registry,
    repository,
    ...(digest === undefined ? { tag: tag ?? "latest" } : tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** The canonical text of a reference, with registry and tag or digest spelled out. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** The canonical text that names an image of a reference's repository by its digest. */
export function byDigest({ registry, repository }: ImageReference, digest: string): string {
  return formatImageReference({ registry, repository, digest });
}

/** An image reference inside a manifest, kept as written. */
export const ImageReferenceText = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const parsed = parseImageReference(text);
    if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.reason.message });
  })
  .describe("An OCI image, such as docker.io/library/nginx:1.28");
