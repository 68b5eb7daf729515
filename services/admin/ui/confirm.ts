import { byId } from "./dom.ts";

/** Asks whether something should really be done. Escape and the other button mean no. */
export function confirmed(question: { title: string; text: string; yes: string }): Promise<boolean> {
  const dialog = byId("confirm", HTMLDialogElement);
  const yes = byId("confirm-yes", HTMLButtonElement);
  const no = byId("confirm-no", HTMLButtonElement);
  byId("confirm-title", HTMLHeadingElement).textContent = question.title;
  byId("confirm-text", HTMLParagraphElement).textContent = question.text;
  yes.textContent = question.yes;
  return new Promise((resolve) => {
    yes.onclick = () => dialog.close("yes");
    no.onclick = () => dialog.close("no");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.returnValue = "no";
    dialog.showModal();
    no.focus();
  });
}
