import { z } from "zod";

/**
 * Why an order, a request or a configuration was refused or failed: a code a program switches on, a sentence a
 * person reads, and, where the input was at fault, the field, the value found there and what would be allowed.
 */
export const Reason = z
  .strictObject({
    code: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .describe("Stable machine-readable code, such as image-not-found"),
    message: z.string().describe("One sentence for a person"),
    field: z.string().optional().describe("Path of the field at fault, such as ports[0].host"),
    value: z.unknown().optional().describe("The value found there; never a secret"),
    allowed: z.string().optional().describe("What would have been accepted"),
  })
  .meta({ id: "Reason" });
export type Reason = z.infer<typeof Reason>;

/** A {@link Reason} on its way up the stack; `transient` says that trying again later may help. */
export class ReasonError extends Error {
  readonly reason: Reason;
  readonly transient: boolean;

  constructor(reason: Reason, options: { cause?: unknown; transient?: boolean } = {}) {
    super(reason.message, { cause: options.cause });
    this.name = "ReasonError";
    this.reason = reason;
    this.transient = options.transient ?? false;
  }
}

/** The reason an unknown error carries, or `internal-error` with its message. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof ReasonError) return error.reason;
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal-error", message };
}
