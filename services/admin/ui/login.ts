import { Api, ApiError } from "./api.ts";
import { byId } from "./dom.ts";
import { reasonOfThrown } from "./reason-view.ts";

/** Asks for the token until the device takes it. `why` says why it is asked for again. */
export function signIn(why: string | undefined): Promise<string> {
  const place = byId("login", HTMLElement);
  const field = byId("token", HTMLInputElement);
  const mistake = byId("login-error", HTMLParagraphElement);
  const say = (message: string | undefined) => {
    mistake.hidden = message === undefined;
    mistake.textContent = message ?? "";
  };
  say(why);
  place.hidden = false;
  field.focus();
  return new Promise((resolve) => {
    byId("login-form", HTMLFormElement).onsubmit = async (event) => {
      event.preventDefault();
      const token = field.value.trim();
      try {
        await new Api(token).about();
        field.value = "";
        place.hidden = true;
        resolve(token);
      } catch (error) {
        const wrong = error instanceof ApiError && error.status === 401;
        say(wrong ? "This is not the device's token." : reasonOfThrown(error).message);
        field.select();
      }
    };
  });
}
