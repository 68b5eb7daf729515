import { existsSync } from "node:fs";
import type { Architecture } from "../../image/architecture.ts";

/** UEFI firmware for a machine. */
export interface Firmware {
  /** Its program, shared by all machines. */
  readonly code: string;
  /** An empty variable store, of which each machine has its own copy. */
  readonly variables: string;
}

const FIRMWARE: Readonly<Record<Architecture, Firmware & { readonly debianPackage: string }>> = {
  x86_64: {
    debianPackage: "ovmf",
    code: "/usr/share/OVMF/OVMF_CODE_4M.fd",
    variables: "/usr/share/OVMF/OVMF_VARS_4M.fd",
  },
  aarch64: {
    debianPackage: "qemu-efi-aarch64",
    code: "/usr/share/AAVMF/AAVMF_CODE.fd",
    variables: "/usr/share/AAVMF/AAVMF_VARS.fd",
  },
};

/** The firmware that Debian has for an architecture (OVMF, AAVMF). Throws an Error when it is not installed. */
export function firmwareFor(architecture: Architecture): Firmware {
  const { debianPackage, ...firmware } = FIRMWARE[architecture];
  if (!existsSync(firmware.code)) throw new Error(`${firmware.code} is missing: install ${debianPackage}`);
  return firmware;
}
