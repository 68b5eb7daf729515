import type { KeyConverter } from "../service.ts";
import { dependsOn, healthcheck } from "./health.ts";
import { blkio, cpuShares, cpus, deploy, memory, memoryReservation, memorySwap, pids, shm, ulimits } from "./limits.ts";
import { logging } from "./logging.ts";
import { dns, dnsSearch, extraHosts, networkMode, networks } from "./network.ts";
import { ports } from "./ports.ts";
import * as process from "./process.ts";
import { capAdd, capDrop, groupAdd, hostname, privileged, securityOpt, sysctls, usernsMode } from "./security.ts";
import { configs, readOnly, tmpfs, volumes } from "./volumes.ts";

/** What each key of a service becomes, in the order they are converted: a later one may go before an earlier one. */
export const CONVERTERS: Readonly<Record<string, KeyConverter>> = {
  image: process.image,
  entrypoint: process.entrypoint,
  command: process.command,
  environment: process.environment,
  user: process.user,
  working_dir: process.workingDir,
  ports,
  networks,
  network_mode: networkMode,
  dns,
  dns_search: dnsSearch,
  extra_hosts: extraHosts,
  read_only: readOnly,
  volumes,
  tmpfs,
  configs,
  mem_limit: memory,
  cpus,
  memswap_limit: memorySwap,
  mem_reservation: memoryReservation,
  cpu_shares: cpuShares,
  pids_limit: pids,
  shm_size: shm,
  ulimits,
  blkio_config: blkio,
  logging,
  cap_add: capAdd,
  cap_drop: capDrop,
  security_opt: securityOpt,
  group_add: groupAdd,
  hostname,
  privileged,
  sysctls,
  userns_mode: usernsMode,
  healthcheck,
  depends_on: dependsOn,
  init: process.init,
  pull_policy: process.pullPolicy,
  restart: process.restart,
  stop_signal: process.stopSignal,
  stop_grace_period: process.stopGracePeriod,
  deploy,
};

/** Keys that say nothing about how a workload runs on a device. */
export const SILENT: ReadonlySet<string> = new Set(["labels", "annotations", "profiles", "expose", "attach"]);

/** Why the other keys of the Compose specification are left out. */
export const NOT_CONVERTED: Readonly<Record<string, string>> = {
  build: "a device builds no images: build it elsewhere, push it, and name it under image",
  cgroup: "a workload has its own control group, and sees it",
  cgroup_parent: "a workload's control group is below berth.slice",
  container_name: "a workload is named after its service",
  credential_spec: "it is of Windows",
  develop: "a device is not for development",
  device_cgroup_rules: "devices are not in this version",
  devices: "devices are not in this version",
  dns_opt: "the resolver has no options but servers and search",
  domainname: "a workload has a host name without a domain",
  env_file: "its values are in another file: write them under environment",
  extends: "another service's settings are not taken over: write them in this one",
  external_links: "workloads reach one another by name",
  gpus: "devices are not in this version",
  ipc: "a workload has its own IPC namespace",
  isolation: "it is of Windows",
  links: "workloads reach one another by the names of their services; there are no others",
  mac_address: "the device gives addresses",
  mem_swappiness: "there is no swap",
  oom_kill_disable: "what uses more memory than it may is ended",
  oom_score_adj: "the device decides what ends first",
  pid: "a workload has its own process namespace",
  platform: "the device takes the image of its own architecture",
  post_start: "a workload is one command",
  pre_stop: "a workload is one command",
  runtime: "containers are run by crun",
  scale: "a workload runs once: give each its own manifest",
  secrets: "secrets are not in this version",
  stdin_open: "nobody sits at a workload's standard input",
  storage_opt: "what a workload writes lies in volumes and tmpfs",
  tty: "a workload has no terminal",
  uts: "a workload has its own host name",
  volumes_from: "name the volumes under volumes",
};
