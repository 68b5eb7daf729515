import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { clonedTree, RELEASE } from "../../../buildroot/release.ts";
import { run } from "../../command.ts";
import type { Progress } from "../../progress.ts";

/** The Buildroot tree: the given one, or the pinned release, cloned once. */
export async function buildrootTree(given: string | undefined, progress: Progress): Promise<string> {
  if (given !== undefined) {
    const tree = resolve(given);
    if (!existsSync(join(tree, "support/kconfig"))) throw new Error(`--buildroot ${given}: no Buildroot tree there`);
    return tree;
  }
  const tree = clonedTree();
  const title = `Buildroot ${RELEASE.tag}`;
  if (existsSync(tree)) progress.skip(title, "cloned already");
  else await progress.step(title, () => clone(tree));
  return tree;
}

/** Takes the tag's commit only if it is the pinned one: a tag can be moved. */
async function clone(tree: string): Promise<void> {
  const partial = `${tree}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(tree), { recursive: true });
  await run(["git", "clone", "--quiet", "--depth=1", `--branch=${RELEASE.tag}`, RELEASE.repository, partial]);
  const commit = (await run(["git", "-C", partial, "rev-parse", "HEAD"])).trim();
  if (commit !== RELEASE.commit) {
    throw new Error(`${RELEASE.repository}: tag ${RELEASE.tag} is commit ${commit}, not ${RELEASE.commit}`);
  }
  renameSync(partial, tree);
}
