import type { Command } from "../command.ts";
import { exportImage } from "../image/export.ts";
import { importImages } from "../image/import.ts";
import { inspectImage, listImages } from "../image/list.ts";
import { pruneImages, removeImage } from "../image/prune.ts";
import { JSON_OPTION } from "../json-option.ts";
import { usageError } from "../usage-error.ts";

/** `berth image`: the images on the device. */
export const command: Command = {
  usage: "ls | inspect REF | import [--reference R] FILE | export [-o FILE] REF | remove REF | prune [--dry-run]",
  details: `ls      lists the images on the device, with what of the disk is each one's own and what it shares.
inspect shows one in full: its manifest, configuration and layers.
import  hands the device an OCI layout or docker save archive (a tar); - is standard input.
export  writes an image as an OCI layout's archive (a tar), which podman, docker, skopeo and import read. Its
        configuration and content are what they were; its layers are not compressed, so that its manifest is another.
remove  deletes an image that no workload names.
prune   deletes all of them, and what broken-off pulls left.`,
  reaches: "device",
  options: {
    reference: { kind: "text", value: "R", summary: "import: the name of an image the archive does not name" },
    output: { kind: "text", short: "o", value: "FILE", summary: "export: where to, in place of standard output" },
    "dry-run": { kind: "flag", summary: "prune: only tell what would be deleted" },
    json: JSON_OPTION,
  },
  run(context) {
    const [verb, ...operands] = context.args.operands;
    const none = () => {
      if (operands.length > 0) throw usageError(`${JSON.stringify(operands[0])} is one word too many`);
    };
    const one = (what: string, allowed: string): string => {
      const [operand, ...surplus] = operands;
      if (operand === undefined) throw usageError(`${what} is missing`, allowed);
      if (surplus.length > 0) throw usageError(`${JSON.stringify(surplus[0])} is one word too many`);
      return operand;
    };
    const reference = () => one("REF", "an image's name, such as berth image ls shows");
    switch (verb) {
      case "ls":
        none();
        return listImages(context);
      case "inspect":
        return inspectImage(context, reference());
      case "import":
        return importImages(context, one("FILE", "a tar archive, or - for standard input"));
      case "export":
        return exportImage(context, reference());
      case "remove":
        return removeImage(context, reference());
      case "prune":
        none();
        return pruneImages(context);
      default:
        throw usageError(
          verb === undefined ? "what to do is missing" : `there is no berth image ${verb}`,
          "ls, inspect, import, export, remove, prune",
        );
    }
  },
};
