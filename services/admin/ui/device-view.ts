import type { Device } from "../../model/device.ts";
import { formatBytes } from "../../model/format-bytes.ts";
import { formatVirtualization } from "../../model/format-virtualization.ts";
import { byId, element } from "./dom.ts";
import { reasonNodes } from "./reason-view.ts";
import { timeSince } from "./time-view.ts";

const SOURCES: Readonly<Record<Device["configuration"]["source"], string>> = {
  drive: "read from a drive",
  partition: "read from the configuration partition",
  kept: "kept from an earlier start",
  none: "none found",
};

/** Shows what the device is, and above everything else what is wrong with it. */
export function showDevice(device: Device, about: { hostname: string; fingerprint: string }): void {
  byId("device-name", HTMLHeadingElement).textContent = device.name;
  document.title = `${device.name} · Berth`;
  const { free, total } = device.storage;
  const storage = element("meter", {
    min: "0",
    max: String(total),
    value: String(total - free),
    "aria-label": "Storage used",
  });
  const facts: [string, ...(Node | string)[]][] = [
    ["Host name", about.hostname],
    ["Berth", `${device.version}, on ${device.base}`],
    ["Board", `${device.board}, ${device.architecture}`],
    ["Kernel", device.kernel],
    ["Micro-VMs", device.virtualization === undefined ? "unknown" : formatVirtualization(device.virtualization)],
    ["Up for", timeSince(device.bootedAt)],
    ["Storage", `${formatBytes(free)} free of ${formatBytes(total)} `, storage],
    ["Configuration", SOURCES[device.configuration.source]],
    ["Receipts' key", element("code", {}, device.publicKey)],
    ["Certificate", element("code", {}, about.fingerprint)],
  ];
  byId("device", HTMLDListElement).replaceChildren(
    ...facts.flatMap(([name, ...values]) => [element("dt", {}, name), element("dd", {}, ...values)]),
  );
  showProblems(device);
}

function showProblems(device: Device): void {
  const place = byId("problems", HTMLElement);
  const groups = [
    { title: "Something keeps this device from working as it should", problems: device.problems },
    { title: "The configuration has mistakes", problems: device.configuration.problems },
  ].filter(({ problems }) => problems.length > 0);
  place.hidden = groups.length === 0;
  place.replaceChildren(
    ...groups.map(({ title, problems }) =>
      element("div", { class: "alert" }, element("h2", {}, title), ...problems.flatMap(reasonNodes)),
    ),
  );
}
