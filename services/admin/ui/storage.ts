import type { Event, EventKind } from "../../model/event.ts";
import type { Api } from "./api.ts";
import { confirmed } from "./confirm.ts";
import { byId } from "./dom.ts";
import type { Notices } from "./notices.ts";
import { reasonOfThrown } from "./reason-view.ts";
import { StorageView } from "./storage-view.ts";

/** After these there may be other volumes or images than before. */
const CHANGES: ReadonlySet<EventKind> = new Set<EventKind>([
  "order-succeeded",
  "order-failed",
  "image-imported",
  "images-collected",
  "volume-restored",
  "volume-removed",
]);
/** Changes come in bursts, and sizes take the device a while. */
const SETTLE_MILLISECONDS = 1000;

/** Keeps the page's volumes and images right: asked for at each connection, after what changes them, and by its button. */
export class DeviceStorage {
  readonly #api: Api;
  readonly #notices: Notices;
  readonly #signal: AbortSignal;
  readonly #view: StorageView;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, notices: Notices, signal: AbortSignal) {
    this.#api = api;
    this.#notices = notices;
    this.#signal = signal;
    this.#view = new StorageView({
      removeVolume: (name) => void this.#remove(`volume ${name}`, { kind: "remove-volume", volume: name }),
      removeImage: (reference) => void this.#remove(`image ${reference}`, { kind: "remove-image", reference }),
    });
    byId("storage-refresh", HTMLButtonElement).onclick = () => void this.refresh();
    signal.addEventListener("abort", () => clearTimeout(this.#waiting), { once: true });
  }

  /** Something happened on the device. */
  heard({ kind }: Event): void {
    if (!CHANGES.has(kind) || this.#signal.aborted) return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => void this.refresh(), SETTLE_MILLISECONDS);
  }

  async refresh(): Promise<void> {
    const signal = this.#signal;
    try {
      const [volumes, images] = await Promise.all([
        this.#api.get("listVolumes", "/v1/volumes", { signal }),
        this.#api.get("listImages", "/v1/images", { signal }),
      ]);
      if (!signal.aborted) this.#view.show(volumes, images);
    } catch (error) {
      if (!signal.aborted) this.#notices.refused("volumes and images", reasonOfThrown(error));
    }
  }

  async #remove(what: string, action: Parameters<Api["order"]>[0]): Promise<void> {
    const title = `remove ${what}`;
    const text = "It is deleted from the device for good.";
    if (!(await confirmed({ title: `Remove ${what}?`, text, yes: "Remove" }))) return;
    try {
      this.#notices.given(title, await this.#api.order(action));
    } catch (error) {
      this.#notices.refused(title, reasonOfThrown(error));
    }
  }
}
