import { parseImageReference } from "../model/image-reference.ts";
import { reasonOf } from "../model/reason.ts";
import { imageUsers } from "./image-users.ts";
import type { Journal } from "./journal/journal.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";

/**
 * Deletes the image a workload no longer uses, and what its repository's tags meant before, unless something still names it.
 * A failure is told as an event: it costs room, no more.
 */
export async function retireImages(
  replaced: Target,
  { journal, images, recorder }: { readonly journal: Journal; readonly images: Images; readonly recorder: Recorder },
): Promise<void> {
  try {
    const list = await images.list();
    const stillNamed = await imageUsers(journal, images);
    const former = (await images.find(replaced.manifest.image))?.reference;
    const repository = repositoryOf(replaced.manifest.image);
    const kept = list
      .map(({ reference }) => reference)
      .filter((one) => stillNamed.has(one) || (one !== former && !isFormer(one, repository)));
    const freed = await images.collect(kept);
    if (freed > 0)
      recorder.event({ kind: "images-collected", message: `${freed} bytes of unused layers were deleted` });
  } catch (error) {
    const message = "unused layers could not be deleted";
    recorder.event({ kind: "images-collected", message, reason: reasonOf(error) });
  }
}

/** Whether a reference is a repository's by digest alone: what one of its tags meant before it moved. */
function isFormer(reference: string, repository: string | undefined): boolean {
  const parsed = parseImageReference(reference);
  return parsed.ok && parsed.value.tag === undefined && repositoryOf(reference) === repository;
}

function repositoryOf(reference: string): string | undefined {
  const parsed = parseImageReference(reference);
  return parsed.ok ? `${parsed.value.registry}/${parsed.value.repository}` : undefined;
}
