/** The element with an id of the page, of the kind the caller needs. A page without it is broken, so it throws. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

type Child = Node | string;

/** Makes an element. Children that are texts stay texts: nothing here is ever read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(label: string, classes: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", ...(classes === "" ? {} : { class: classes }) }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** Sets an element's text, only where it changed, so that a reader of the page is not told twice. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
