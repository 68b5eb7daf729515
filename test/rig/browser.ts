import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type Child, endChild, hasEnded, startChild } from "./child.ts";
import { type Stoppable, stopAtExit, stopped } from "./cleanup.ts";
import { rigFolder } from "./rig-folder.ts";
import { waitFor, within } from "./wait.ts";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A device's certificate is its own.
  "--ignore-certificate-errors",
  "--remote-debugging-port=0",
  "--window-size=1200,1100",
];

const answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const event = z.object({ method: z.string(), params: z.unknown().optional() });
const logged = z.object({ entry: z.object({ source: z.string() }) });
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ text: z.string(), exception: z.unknown().optional() }).optional(),
});

/** Debian's Chromium without a window, driven by its own protocol (https://chromedevtools.github.io/devtools-protocol/). */
export class Browser implements Stoppable {
  readonly #child: Child;
  readonly #folder: string;
  readonly #port: number;

  private constructor(child: Child, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(name = "browser"): Promise<Browser> {
    const folder = rigFolder(name);
    const profile = join(folder, "profile");
    const log = join(folder, "chromium.log");
    const child = startChild(["chromium", ...FLAGS, `--user-data-dir=${profile}`, "about:blank"], log);
    const ready = join(profile, "DevToolsActivePort");
    const port = await waitFor("Chromium", 60_000, () => {
      if (hasEnded(child)) throw new Error(`it ended; see ${log}`);
      return existsSync(ready) ? Number(readFileSync(ready, "utf8").split("\n")[0]) : undefined;
    });
    const browser = new Browser(child, folder, port);
    stopAtExit(browser);
    return browser;
  }

  /** Opens a page of its own. */
  async open(url: string): Promise<Page> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/json/new?about:blank`, { method: "PUT" });
    const target = z.object({ webSocketDebuggerUrl: z.string() }).parse(await response.json());
    const page = await Page.connect(target.webSocketDebuggerUrl);
    await page.send("Page.navigate", { url });
    return page;
  }

  async stop(): Promise<void> {
    stopped(this);
    await endChild(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One page of a {@link Browser}. */
export class Page {
  /** What the page complained of: exceptions, breaches of its content security policy; not refusals of its server. */
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: z.infer<typeof answer>) => void>();
  #number = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  static async connect(url: string): Promise<Page> {
    const socket = new WebSocket(url);
    await within(
      "The page's debugger",
      10_000,
      new Promise((resolve, reject) => {
        socket.addEventListener("open", resolve, { once: true });
        socket.addEventListener("error", reject, { once: true });
      }),
    );
    const page = new Page(socket);
    for (const domain of ["Page", "Runtime", "Log"]) await page.send(`${domain}.enable`);
    return page;
  }

  /** Sends a command of the protocol and gives its result. */
  async send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#number += 1;
    const id = this.#number;
    const answered = new Promise<z.infer<typeof answer>>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { error, result } = await within(method, 30_000, answered);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** The value of a JavaScript expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = evaluated.parse(await this.send("Runtime.evaluate", parameters));
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Waits until the text a person can read at a selector matches, and gives it. */
  text(selector: string, pattern: RegExp, timeout = 30_000): Promise<string> {
    // What is not shown has an innerText too.
    const shown = `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.checkVisibility())`;
    const expression = `${shown}.map((one) => one.innerText).join("\\n")`;
    return waitFor(`${pattern} at ${selector}`, timeout, async () => {
      const text = String(await this.evaluate(expression));
      return pattern.test(text) ? text : undefined;
    });
  }

  /** Types into a field once it is shown, as a person with a keyboard does. */
  async type(selector: string, text: string): Promise<void> {
    await this.#shown(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
    await this.send("Input.insertText", { text });
  }

  /** Clicks on something once it is shown. */
  async click(selector: string): Promise<void> {
    await this.#shown(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  async #shown(selector: string): Promise<void> {
    const expression = `document.querySelector(${JSON.stringify(selector)})?.checkVisibility() === true`;
    await waitFor(`${selector} to be shown`, 30_000, async () => (await this.evaluate(expression)) === true);
  }

  /** Writes what the page looks like as a PNG file. */
  async screenshot(path: string): Promise<void> {
    const { data } = z.object({ data: z.string() }).parse(await this.send("Page.captureScreenshot"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(data, "base64"));
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: unknown): void {
    const answered = answer.safeParse(message);
    if (answered.success) {
      this.#waiting.get(answered.data.id)?.(answered.data);
      this.#waiting.delete(answered.data.id);
      return;
    }
    const { method, params } = event.parse(message);
    const noted = method === "Log.entryAdded" && logged.parse(params).entry.source !== "network";
    if (noted || method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params));
  }
}
