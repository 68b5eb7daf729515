import { z } from "zod";
import { writeFileAtomically } from "../host/atomic-file.ts";
import { Reason } from "../model/reason.ts";

/** How the link to the fleet stands; what /run/berth-agent/link.json holds. */
export const LinkStatus = z.strictObject({
  state: z.enum(["connecting", "connected", "offline", "unconfigured"]),
  since: z.iso.datetime({ offset: true }),
  broker: z.string().optional(),
  reason: Reason.optional().describe("Why it is not connected"),
  dropped: z
    .strictObject({ events: z.int(), receipts: z.int() })
    .optional()
    .describe("What a full outbox let go since the device was set up"),
});
export type LinkStatus = z.infer<typeof LinkStatus>;

/** Whether two statuses say the same of the link, their times aside. */
export function sameStatus(a: LinkStatus | undefined, b: LinkStatus): boolean {
  return (
    a !== undefined &&
    a.state === b.state &&
    a.reason?.code === b.reason?.code &&
    a.reason?.message === b.reason?.message &&
    a.dropped?.events === b.dropped?.events &&
    a.dropped?.receipts === b.dropped?.receipts
  );
}

/** Puts the status where the other services can read it: it holds no secret. */
export async function writeLinkStatus(path: string, status: LinkStatus): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(LinkStatus.parse(status))}\n`, { mode: 0o644 });
}
