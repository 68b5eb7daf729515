import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BUILD } from "../../../image/paths.ts";
import { formatBytes } from "../../../services/model/format-bytes.ts";
import { Browser, type Page } from "../../rig/browser.ts";
import { type Device, unitOf } from "../support/device.ts";
import { idler } from "../support/manifests.ts";

/** The device's page in a real browser. */
export function pageCases(device: () => Device): void {
  describe("page", () => {
    let browser: Browser;
    let page: Page;

    before(async () => {
      const volumes = [{ name: "page-data", path: "/data" }];
      await device().apply(idler("shown", { limits: { cpus: "500m", memory: "64Mi" }, volumes }));
      browser = await Browser.start("e2e-browser");
      page = await browser.open(device().appliance.lanAddress);
    });

    after(async () => {
      page?.close();
      await browser?.stop();
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

    test("it shows what a workload uses beside its limits, as the kernel counts it", async () => {
      await page.text(
        "#workloads [aria-label=shown]",
        /CPU\s+[\d.]+ % of 50\.0 %\s+Memory\s+[\d.]+ [KM]iB of 64\.0 MiB\s+Processes\s+1\s/,
      );
      const group = `/sys/fs/cgroup/berth.slice/${unitOf("shown")}`;
      const current = Number(await device().shell(`cat ${group}/memory.current`));
      const meter = "document.querySelector('meter[aria-label=\"Memory of shown\"]')";
      assert.equal(await page.evaluate(`${meter}.max`), 64 * 2 ** 20);
      const shown = Number(await page.evaluate(`${meter}.value`));
      assert.ok(shown > 0 && shown < 4 * current && current < 4 * shown, `${shown} of ${current} bytes`);
    });

    test("it shows volumes and images with their sizes and who needs them", async () => {
      await page.text("#volumes", /page-data\s+[\d.]+ (B|KiB)\s+shown/);
      const { bytes } =
        (await device().lan.call("listImages")).find(({ reference }) => reference.endsWith("/busybox:1")) ??
        assert.fail();
      const images = await page.text("#images", /busybox:1\s/);
      assert.match(images, new RegExp(`busybox:1\\s+${formatBytes(bytes.own)}.*\\s+.*\\bshown\\b`));
      assert.equal(await page.evaluate(`document.querySelector('[aria-label="Remove volume page-data"]')`), null);
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

    test("a volume that nobody needs any more can be removed on it, once that was asked", async () => {
      await device().remove("shown");
      await page.click('[aria-label="Remove volume page-data"]');
      await page.text("#confirm", /Remove volume page-data\?/);
      await page.click("#confirm-yes");
      await page.text("#notices", /remove volume page-data: succeeded/);
      await page.text("#volumes", /^(?![\s\S]*page-data)/);
      const volumes = await device().lan.call("listVolumes");
      assert.ok(!volumes.some(({ name }) => name === "page-data"));
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
