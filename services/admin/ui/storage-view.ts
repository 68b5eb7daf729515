import { formatBytes } from "../../model/format-bytes.ts";
import type { StoredImage } from "../../model/image.ts";
import type { Volume } from "../../model/volume.ts";
import { button, byId, element } from "./dom.ts";

/** What the buttons of volumes and images do. */
export interface StorageListener {
  removeVolume(name: string): void;
  removeImage(reference: string): void;
}

/** The volumes and images on the device, and what of the disk they take. */
export class StorageView {
  readonly #volumes = byId("volumes", HTMLTableSectionElement);
  readonly #images = byId("images", HTMLTableSectionElement);
  readonly #listener: StorageListener;

  constructor(listener: StorageListener) {
    this.#listener = listener;
    this.#volumes.replaceChildren();
    this.#images.replaceChildren();
  }

  show(volumes: readonly Volume[], images: readonly StoredImage[]): void {
    fill(
      this.#volumes,
      "No volumes.",
      volumes.map(({ name, size, workloads }) => [
        name,
        size === undefined ? "unknown" : formatBytes(size),
        users(workloads, `Remove volume ${name}`, () => this.#listener.removeVolume(name)),
      ]),
    );
    fill(
      this.#images,
      "No images.",
      images.map(({ reference, bytes, workloads }) => [
        reference,
        bytes.shared === 0 ? formatBytes(bytes.own) : `${formatBytes(bytes.own)} + ${formatBytes(bytes.shared)} shared`,
        users(workloads, `Remove image ${reference}`, () => this.#listener.removeImage(reference)),
      ]),
    );
  }
}

type Cell = string | Node;

function fill(place: HTMLTableSectionElement, none: string, rows: readonly (readonly [Cell, Cell, Cell])[]): void {
  if (rows.length === 0) {
    place.replaceChildren(element("tr", {}, element("td", { colspan: "3", class: "empty" }, none)));
    return;
  }
  place.replaceChildren(
    ...rows.map(([name, size, used]) =>
      element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, size), element("td", {}, used)),
    ),
  );
}

/** Who needs it; what nobody needs can be removed. */
function users(workloads: readonly string[], label: string, remove: () => void): Cell {
  if (workloads.length > 0) return workloads.join(", ");
  const made = button("Remove", "danger", remove);
  made.setAttribute("aria-label", label);
  return made;
}
