import { z } from "zod";
import { ImageDetail, StoredImage } from "./image.ts";
import { AnyVolumeName } from "./names.ts";
import { Reason } from "./reason.ts";
import { Volume } from "./volume.ts";

/** What an order of kind `query` asks a device; nothing is changed by it. */
export const Question = z
  .discriminatedUnion("of", [
    z.strictObject({
      of: z.literal("volumes"),
      sizes: z.boolean().optional().describe("true: tell their sizes, which takes a while"),
    }),
    z.strictObject({ of: z.literal("volume"), name: AnyVolumeName }),
    z.strictObject({ of: z.literal("images") }),
    z.strictObject({ of: z.literal("image"), reference: z.string().min(1).max(1024) }),
  ])
  .meta({ id: "Question" });
export type Question = z.infer<typeof Question>;

/** What a device answers to a {@link Question}: what was asked for, or why there is no answer. */
export const Answer = z
  .discriminatedUnion("of", [
    z.strictObject({ of: z.literal("volumes"), volumes: z.array(Volume) }),
    z.strictObject({ of: z.literal("volume"), volume: Volume }),
    z.strictObject({ of: z.literal("images"), images: z.array(StoredImage) }),
    z.strictObject({ of: z.literal("image"), image: ImageDetail }),
    z.strictObject({ of: z.literal("nothing"), reason: Reason }),
  ])
  .meta({ id: "Answer" });
export type Answer = z.infer<typeof Answer>;
