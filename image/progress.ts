/** Where progress is written: a terminal gets a live line, anything else whole lines. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;

/** Seconds with one decimal, or minutes and seconds from a minute on. */
export function formatElapsed(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A bar such as `█████░░░░░`, for a share between 0 and 1. */
export function bar(share: number, width: number = BAR_WIDTH): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** What a step tells while it runs; ignored on a pipe, where only starts and ends are printed. */
export interface StepReport {
  /** Replaces the step's detail; `share` (0 to 1) draws a bar on a terminal. */
  update(detail: string, share?: number): void;
}

/** Prints the steps of a command: each announced, each ended with its elapsed time. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #started = performance.now();
  #live = false;

  constructor(output: ProgressOutput = process.stdout) {
    this.#output = output;
  }

  /** Milliseconds since this printer was made. */
  get elapsed(): number {
    return performance.now() - this.#started;
  }

  /** A line by itself. */
  note(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  /** A step that needs no work, because what it makes is there already. */
  skip(title: string, why: string): void {
    this.note(`- ${title}: ${why}`);
  }

  /** Runs one step, announces it, and says how long it took or that it failed. */
  async step<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    const start = performance.now();
    if (this.#output.isTTY) this.#draw(`… ${title}`);
    else this.note(`> ${title}`);
    const report: StepReport = {
      update: (detail, share) => {
        if (!this.#output.isTTY) return;
        const drawn = share === undefined ? "" : ` ${bar(share)} ${Math.round(share * 100)} %`;
        this.#draw(`… ${title}${drawn} ${detail} (${formatElapsed(performance.now() - start)})`);
      },
    };
    try {
      const result = await work(report);
      this.note(`✓ ${title} (${formatElapsed(performance.now() - start)})`);
      return result;
    } catch (error) {
      this.note(`✗ ${title} (${formatElapsed(performance.now() - start)})`);
      throw error;
    }
  }

  #draw(text: string): void {
    // A line longer than the terminal would wrap and leave its upper half behind.
    const width = (this.#output.columns ?? 80) - 1;
    this.#output.write(`\r\x1b[2K${[...text].slice(0, width).join("")}`);
    this.#live = true;
  }

  #clear(): void {
    if (this.#live) this.#output.write("\r\x1b[2K");
    this.#live = false;
  }
}
