import { healthCases } from "./cases/health.ts";
import { lifeCases } from "./cases/life.ts";
import { scheduleCases } from "./cases/schedule.ts";
import { updateCases } from "./cases/updates.ts";
import { permissive } from "./support/permissive.ts";

/** How workloads start, end, wait for each other and are replaced. */

const device = await permissive("life");

healthCases(device);
updateCases(device);
lifeCases(device);
scheduleCases(device);
