import type { PullProgress } from "../supervisor/ports.ts";

/** At most this often, unless the message changes: an observer is a person or a network. */
const EVERY_MILLISECONDS = 200;

/** How far a layer is. */
export interface LayerProgress {
  /** Bytes of its blob that are here. */
  readonly done: number;
  readonly converted: boolean;
}

/** Adds up the progress of a pull's layers and tells it, not more often than is of use. */
export class ProgressMeter {
  readonly #layers: Map<string, { readonly size: number; progress: LayerProgress }>;
  readonly #all: number;
  readonly #tell: (progress: PullProgress) => void;
  readonly #now: () => number;
  #last = { message: "", at: Number.NEGATIVE_INFINITY };

  /** @param options.all The image's layers, also those that are here already. */
  constructor(options: {
    missing: ReadonlyArray<{ diffId: string; size: number }>;
    all: number;
    tell: (progress: PullProgress) => void;
    now: () => number;
  }) {
    this.#layers = new Map(
      options.missing.map(({ diffId, size }) => [diffId, { size, progress: { done: 0, converted: false } }]),
    );
    this.#all = options.all;
    this.#tell = options.tell;
    this.#now = options.now;
  }

  update(diffId: string, progress: LayerProgress): void {
    const layer = this.#layers.get(diffId);
    if (layer === undefined) return;
    layer.progress = progress;
    this.tell();
  }

  tell(): void {
    const layers = [...this.#layers.values()];
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    const done = layers.reduce((sum, { size, progress }) => sum + Math.min(size, progress.done), 0);
    const message = this.#message(layers);
    const at = this.#now();
    if (message === this.#last.message && at - this.#last.at < EVERY_MILLISECONDS && done < total) return;
    this.#last = { message, at };
    this.#tell({ message, done, total });
  }

  #message(layers: ReadonlyArray<{ readonly size: number; readonly progress: LayerProgress }>): string {
    const pulling = layers.filter(({ size, progress }) => progress.done < size && !progress.converted).length;
    const converting = layers.filter(({ progress }) => !progress.converted).length;
    if (pulling > 0) return `pulling ${pulling} of ${layerCount(this.#all)}`;
    if (converting > 0) return `converting ${converting} of ${layerCount(this.#all)}`;
    return "every layer is here";
  }
}

function layerCount(count: number): string {
  return count === 1 ? "1 layer" : `${count} layers`;
}
