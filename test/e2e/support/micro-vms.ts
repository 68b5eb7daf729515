import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianBase } from "../../../image/base/debian.ts";
import { buildGuest, type GuestFiles } from "../../../image/guest/guest.ts";
import { Progress } from "../../../image/progress.ts";
import { Workload, type WorkloadInput } from "../../../services/model/workload.ts";
import { bundleOf } from "../../../services/workloads/bundle/bundle.ts";
import { MicroVm, type MicroVmOptions } from "../../rig/micro-vm.ts";
import { packBundle, packLayers } from "../../rig/micro-vm-disks.ts";
import { installPackages } from "../../rig/packages.ts";
import { workloadImages } from "../../rig/workload-image.ts";

/** What every micro-VM of a test file is started from. */
export interface GuestKit {
  readonly qemu: readonly string[];
  readonly guest: GuestFiles;
  readonly mkfsErofs: readonly string[];
  /** EROFS files of the images, topmost first. */
  readonly busybox: readonly string[];
  readonly nginx: readonly string[];
  readonly folder: string;
}

/** Builds it, or finds it built. */
export async function guestKit(): Promise<GuestKit> {
  const progress = new Progress();
  await installPackages(progress, "tests");
  const base = await debianBase(progress);
  const images = await workloadImages(base, base.arch, progress);
  const folder = mkdtempSync(join(tmpdir(), "berth-guest-"));
  const { mkfsErofs } = base;
  const layers = (image: string, name: string) => packLayers(mkfsErofs, image, join(folder, name));
  return {
    qemu: base.qemu,
    guest: await buildGuest(base),
    mkfsErofs,
    busybox: await layers(images.busybox, "busybox"),
    nginx: await layers(images.nginx, "nginx"),
    folder,
  };
}

/** What one micro-VM runs. */
export interface GuestOptions extends Partial<Pick<MicroVmOptions, "memory" | "volumes" | "port">> {
  readonly name: string;
  readonly image: "busybox" | "nginx";
  readonly manifest?: Partial<WorkloadInput>;
  /** Places of volumes in the workload, by their tag. */
  readonly mounted?: Readonly<Record<string, string>>;
  /** More files of the bundle. */
  readonly files?: Readonly<Record<string, string>>;
}

/** As QEMU's own network gives them. */
const NETWORK = "address4 10.0.2.15/24\ngateway4 10.0.2.2\naddress6 fec0::15/64\ngateway6 fec0::2\nmtu 1400\n";

/** Starts a micro-VM that runs a manifest, by the same config.json a container would have. */
export async function startGuest(kit: GuestKit, options: GuestOptions): Promise<MicroVm> {
  const { name, image, mounted = {}, files = {}, volumes = {} } = options;
  const manifest = Workload.parse({ name, image: "example/image:1", root: "ephemeral", ...options.manifest });
  const nginx = { Entrypoint: ["nginx", "-g", "daemon off;"], Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] };
  const config = bundleOf({
    manifest,
    config: image === "nginx" ? nginx : { Env: ["PATH=/bin"] },
    account: { uid: 0, gid: 0, additionalGids: [], home: "/root" },
    rootPath: "/run/root",
    // crun lets nobody set the network's settings but in a namespace of its own: this one is the guest's.
    networkNamespace: "/proc/1/ns/net",
    users: undefined,
    files: { hosts: "/run/hosts", resolvConf: "/run/bundle/resolv.conf", hostname: "/run/bundle/hostname" },
    devices: [],
    initProgram: manifest.init ? "/usr/bin/tini" : undefined,
    places: Object.entries(mounted).map(([tag, destination]) => ({
      destination,
      source: `/run/volumes/${tag}`,
      content: { kind: "volume", volume: tag, readOnly: false, copy: false },
    })),
    architecture: "x64",
  });
  const bundle = join(kit.folder, `${name}.erofs`);
  const tags = Object.entries(mounted).map(([tag, destination]) => `${tag} ${destination} rw\n`);
  await packBundle(
    kit.mkfsErofs,
    {
      "config.json": JSON.stringify(config),
      network: NETWORK,
      hosts: "127.0.0.1\tlocalhost\n",
      "resolv.conf": "nameserver 10.0.2.3\n",
      hostname: `${name}\n`,
      root: `${manifest.root}\n`,
      volumes: tags.join(""),
      limits: "pids.max 64\n",
      ...files,
    },
    bundle,
  );
  return MicroVm.start({
    ...options,
    name: `guest-${name}`,
    volumes,
    qemu: kit.qemu,
    guest: kit.guest,
    layers: kit[image],
    bundle,
  });
}
