import { z } from "zod";
import { Bytes, bytesOf } from "../quantity.ts";

const LEAST_SIZE = 64 * 1024;

/** How much of what a workload writes is kept: the newest `files` files of `size`. */
export const LogSettings = z.strictObject({
  size: Bytes.default("10Mi")
    .refine((size) => bytesOf(size) >= LEAST_SIZE, "at least 64Ki")
    .describe("Most that one file holds"),
  files: z.int().min(1).max(100).default(3).describe("Files that are kept, the one written to among them"),
  rate: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(500)
    .describe(
      "Most lines a second, over ten seconds; a long line counts as one for each KiB; more are dropped and counted",
    ),
});
export type LogSettings = z.infer<typeof LogSettings>;
