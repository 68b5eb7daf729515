import type { z } from "zod";
import type { contract, OperationName } from "../model/contract.ts";

type Contract = typeof contract;
type Output<T> = T extends z.ZodType ? z.output<T> : never;
type Input<T> = T extends z.ZodType ? z.input<T> : never;
type Fields<T, How extends "in" | "out"> = {
  [Key in keyof T]: How extends "in" ? Input<T[Key]> : Output<T[Key]>;
};

/** Operations answered once, with JSON or a stream of bytes. */
export type CallName = {
  [Name in OperationName]: Contract[Name] extends { response: z.ZodType | "octets" } ? Name : never;
}[OperationName];

/** Operations answered with a stream of events. */
export type FollowName = Exclude<OperationName, CallName>;

/** The path parameters of an operation. */
export type ParametersOf<Name extends OperationName> = Contract[Name] extends { parameters: infer P }
  ? Fields<P, "out">
  : Record<never, never>;

/** The query of an operation as the server sees it: parsed, defaults filled in. */
export type QueryOf<Name extends OperationName> = Contract[Name] extends { query: infer Q }
  ? Fields<Q, "out">
  : Record<never, never>;

/** The body of an operation as the server sees it. */
export type BodyOf<Name extends OperationName> = Contract[Name] extends { body: infer B }
  ? B extends "octets"
    ? ReadableStream<Uint8Array>
    : Output<B>
  : undefined;

/** The body of an operation as a client sends it. */
export type BodyInputOf<Name extends OperationName> = Contract[Name] extends { body: infer B }
  ? B extends "octets"
    ? ReadableStream<Uint8Array>
    : Input<B>
  : undefined;

/** The answer of an operation. */
export type ResponseOf<Name extends OperationName> = Contract[Name] extends { response: infer R }
  ? R extends "octets"
    ? ReadableStream<Uint8Array>
    : Output<R>
  : never;

/** The events of a streaming operation, told apart by `event`. */
export type EventOf<Name extends OperationName> = Contract[Name] extends { events: infer E }
  ? {
      [Key in keyof E & string]: { readonly event: Key; readonly data: Output<E[Key]>; readonly id?: string };
    }[keyof E & string]
  : never;
