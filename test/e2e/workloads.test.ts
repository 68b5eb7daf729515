import { containerCases } from "./cases/container.ts";
import { escapeCases } from "./cases/escape.ts";
import { ioLimitsCases } from "./cases/io-limits.ts";
import { isolationCases } from "./cases/isolation.ts";
import { limitsCases } from "./cases/limits.ts";
import { logsCases } from "./cases/logs.ts";
import { storageCases } from "./cases/storage.ts";
import { volumeCases } from "./cases/volumes.ts";
import { permissive } from "./support/permissive.ts";

/** What a workload is given and what it is kept from. */

const device = await permissive("workloads");

containerCases(device);
limitsCases(device);
ioLimitsCases(device);
logsCases(device);
storageCases(device);
volumeCases(device);
isolationCases(device);
escapeCases(device);
