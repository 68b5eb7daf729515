import type { Receipt } from "../../model/receipt.ts";
import type { Api } from "./api.ts";
import { byId } from "./dom.ts";
import { reasonNodes, reasonOfThrown } from "./reason-view.ts";

/** Lets the page apply manifests; `onGiven` hears of each order. */
export function setUpManifestForm(api: Api, onGiven: (title: string, receipt: Receipt) => void): void {
  const form = byId("manifest-form", HTMLFormElement);
  const text = byId("manifest", HTMLTextAreaElement);
  const file = byId("manifest-file", HTMLInputElement);
  const mistake = byId("manifest-error", HTMLDivElement);
  file.onchange = async () => {
    const [chosen] = file.files ?? [];
    if (chosen !== undefined) text.value = await chosen.text();
    file.value = "";
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    mistake.hidden = true;
    text.removeAttribute("aria-invalid");
    try {
      for (const manifest of await api.manifests(text.value)) {
        onGiven(`apply ${manifest.name}`, await api.order({ kind: "apply", manifest }));
      }
    } catch (error) {
      mistake.replaceChildren(...reasonNodes(reasonOfThrown(error)));
      mistake.hidden = false;
      text.setAttribute("aria-invalid", "true");
      text.focus();
    }
  };
}
