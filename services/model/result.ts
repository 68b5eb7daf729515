import type { Reason } from "./reason.ts";

/** What an operation gives when its caller decides on the failure: a value, or the {@link Reason} why not. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: Reason };

/** Wraps a value as a success. */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Wraps a reason as a failure. */
export function failure<T = never>(reason: Reason): Result<T> {
  return { ok: false, reason };
}
