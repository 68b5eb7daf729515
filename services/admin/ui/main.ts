import { runConsole } from "./console.ts";
import { byId } from "./dom.ts";
import { signIn } from "./login.ts";
import { session } from "./session.ts";

/** Signs in, shows the device, and begins anew whenever that ends. */
async function run(): Promise<never> {
  let why: string | undefined;
  for (;;) {
    const token = session.token() ?? (await signIn(why));
    session.begin(token);
    why = await runConsole(token);
    session.end();
    byId("link", HTMLSpanElement).textContent = "";
    byId("device-name", HTMLHeadingElement).textContent = "Device";
  }
}

void run();
