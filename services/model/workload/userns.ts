import { z } from "zod";

/** Whose user and group ids a workload has (user_namespaces(7)). */
export const Userns = z.enum(["private", "host"]);
export type Userns = z.infer<typeof Userns>;
