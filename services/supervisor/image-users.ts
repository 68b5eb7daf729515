import type { Journal } from "./journal/journal.ts";
import type { Images } from "./ports.ts";
import type { Target } from "./target.ts";

/** The workloads that name each image which is here, by its canonical reference: in desired state or in an order under way. */
export async function imageUsers(journal: Journal, images: Images): Promise<ReadonlyMap<string, string[]>> {
  const users = new Map<string, string[]>();
  for (const { manifest, digest } of targets(journal)) {
    const reference = (await images.find(manifest.image, digest))?.reference;
    if (reference === undefined) continue;
    users.set(reference, [...new Set([...(users.get(reference) ?? []), manifest.name])].sort());
  }
  return users;
}

/** Everything that desired state or an unfinished order runs. */
function targets(journal: Journal): Target[] {
  const desired = [...journal.desired().values()].map(({ target }) => target);
  const ordered = journal
    .unfinished()
    .flatMap(({ outcome }) => (outcome === undefined || outcome === "removed" ? [] : [outcome]));
  return [...desired, ...ordered];
}
