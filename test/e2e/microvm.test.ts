import { bothIsolationsCases } from "./cases/both-isolations.ts";
import { microvmCases } from "./cases/microvm.ts";
import { permissive } from "./support/permissive.ts";

/** Containers and micro-VMs beside each other, under real KVM where the appliance itself may be emulated. */

const device = await permissive("microvm", { memory: 2048 });

bothIsolationsCases(device);
microvmCases(device);
