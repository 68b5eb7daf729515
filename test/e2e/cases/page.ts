import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BUILD } from "../../../image/paths.ts";
import { Browser, type Page } from "../../rig/browser.ts";
import type { Device } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/** The device's page in a real browser. */
export function pageCases(device: () => Device): void {
  describe("page", () => {
    let browser: Browser;
    let page: Page;

    before(async () => {
      await device().apply(idler("shown"));
      browser = await Browser.start("e2e-browser");
      page = await browser.open(device().appliance.lanAddress);
    });

    after(async () => {
      page?.close();
      await browser?.stop();
      await device().remove("shown");
    });

    test("it asks for the token and takes no other", async () => {
      await page.text("#login", /Sign in/);
      await page.type("#token", "not-the-token-of-this-device");
      await page.click("#login button[type=submit]");
      await page.text("#login-error", /not the device's token/);
    });

    test("it shows the device, its workloads and what happened", async () => {
      await page.evaluate("document.querySelector('#token').value = ''");
      await page.type("#token", device().appliance.token);
      await page.click("#login button[type=submit]");
      await page.text("#device-name", new RegExp(`^${device().appliance.device}$`));
      await page.text("#device", /Storage[\s\S]* free of /);
      await page.text("#workloads [aria-label=shown]", /shown\s+running/);
      await page.text("#events", /workload-started\s+shown[\s\S]*by LAN token, order /);
      await page.text("#link", /Live/);
    });

    test("a manifest applied on it runs, and the page follows without a reload", async () => {
      await page.type("#manifest", JSON.stringify(idler("typed")));
      await page.click("#manifest-form button[type=submit]");
      await page.text("#workloads [aria-label=typed]", /typed\s+running/, 60_000);
      await page.screenshot(join(BUILD, "page.png"));
      await device().succeed({ kind: "stop", workload: "typed" });
      await page.text("#workloads [aria-label=typed]", /typed\s+stopped/);
      await device().remove("typed");
      await page.text("#workloads", /^(?![\s\S]*typed)/);
    });

    test("a mistake in a manifest is shown with field and what is allowed", async () => {
      await page.evaluate("document.querySelector('#manifest').value = ''");
      await page.type("#manifest", "name: wrong\nimage: registry.example/busybox:1\nlimit: {}\n");
      await page.click("#manifest-form button[type=submit]");
      await page.text("#manifest-error", /limit is not a known field; did you mean limits\?/);
    });

    test("nothing on it fails or breaks its content security policy", () => {
      // The refusal of the mistaken manifest is the one failed request that was asked for.
      const unasked = page.complaints.filter((complaint) => !complaint.includes("/ui/manifests"));
      assert.deepEqual(unasked, []);
    });
  });
}
