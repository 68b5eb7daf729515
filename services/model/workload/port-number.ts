import { z } from "zod";

/** A port of TCP or UDP. */
export const PortNumber = z.int().min(1).max(65535);
