import { z } from "zod";

/** An absolute path that says where it leads without `.` and `..`. */
export const AbsolutePath = z
  .string()
  .regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0]*$/, "an absolute path without . and .. parts");

/** A path's names, without empty ones. */
export function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** Whether `path` is `folder` or below it, by their names alone. */
export function isWithin(path: string, folder: string): boolean {
  const names = namesOf(path);
  return namesOf(folder).every((name, index) => names[index] === name);
}
