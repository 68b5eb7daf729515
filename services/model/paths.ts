import { z } from "zod";

/** An absolute path that says where it leads without `.` and `..`. */
export const AbsolutePath = z
  .string()
  .regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0]*$/, "an absolute path without . and .. parts");
