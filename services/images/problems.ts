import { formatBytes } from "../model/quantity.ts";
import { ReasonError } from "../model/reason.ts";

/** What was received is not what its digest promises. */
export function digestMismatch(subject: string, expected: string, found: string): ReasonError {
  return new ReasonError({
    code: "digest-mismatch",
    message: `${subject} has the digest ${found} where ${expected} was promised; what was received is thrown away`,
    value: found,
    allowed: expected,
  });
}

/** A manifest, index or image configuration that does not follow the image-spec. */
export function manifestInvalid(subject: string, why: string, cause?: unknown): ReasonError {
  return new ReasonError({ code: "manifest-invalid", message: `${subject}: ${why}` }, { cause });
}

/** A layer whose bytes cannot become a file system. */
export function layerInvalid(diffId: string, why: string, cause?: unknown): ReasonError {
  return new ReasonError({ code: "layer-invalid", message: `layer ${diffId}: ${why}`, value: diffId }, { cause });
}

/** A layer that cannot be given back as the archive it was. */
export function notExportable(diffId: string, why: string, cause?: unknown): ReasonError {
  const message = `layer ${diffId} cannot be given back as it came: ${why}`;
  return new ReasonError({ code: "layer-not-exportable", message, value: diffId }, { cause });
}

/** An archive handed in for import that holds no image this device can read. */
export function archiveInvalid(why: string, cause?: unknown): ReasonError {
  return new ReasonError(
    {
      code: "archive-invalid",
      message: `the archive cannot be imported: ${why}`,
      allowed: "a tar archive of an OCI image layout or of docker save, plain or compressed with gzip or zstd",
    },
    { cause },
  );
}

/** An image that unpacks to more than its size can mean. */
export function imageTooLarge(subject: string, limit: number): ReasonError {
  return new ReasonError({
    code: "image-too-large",
    message: `${subject} unpacks to more than ${formatBytes(limit)}, more than what its layers' sizes can mean`,
    value: subject,
    allowed: "1 GiB, or a hundred times the layers' compressed size",
  });
}

/** `needed` bytes do not fit into `available` (what is free beyond the reserve). */
export function diskFull(subject: string, needed: number, available: number): ReasonError {
  const room = Math.max(0, available);
  return new ReasonError({
    code: "disk-full",
    message: `${subject} needs about ${formatBytes(needed)} of the data partition, which has ${formatBytes(room)} to give`,
    value: needed,
    allowed: `at most ${room} bytes`,
  });
}

/** So little is left that the rest of the device needs it. */
export function reserveTouched(subject: string, free: number, reserve: number): ReasonError {
  return new ReasonError({
    code: "disk-full",
    message: `${subject} was stopped: the data partition has ${formatBytes(free)} left, and ${formatBytes(reserve)} stay free`,
    value: free,
    allowed: `at least ${reserve} bytes free`,
  });
}

/** The kernel says that nothing more fits. */
export function noSpaceLeft(subject: string, cause?: unknown): ReasonError {
  return new ReasonError(
    { code: "disk-full", message: `${subject}: no space is left on the data partition` },
    { cause },
  );
}

/** `error` as a `disk-full` reason if it is the kernel's word for that, else unchanged. */
export function explainDiskError(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code !== "ENOSPC" && error.code !== "EDQUOT") return error;
  return noSpaceLeft(subject, error);
}

/** Whether `error` is a reason with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof ReasonError && error.reason.code === code;
}
