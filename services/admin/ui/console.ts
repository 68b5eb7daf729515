import { Api } from "./api.ts";
import { confirmed } from "./confirm.ts";
import { showDevice } from "./device-view.ts";
import { byId } from "./dom.ts";
import { EventsView } from "./events-view.ts";
import { showLogs } from "./logs-dialog.ts";
import { setUpManifestForm } from "./manifest-form.ts";
import { Notices } from "./notices.ts";
import { reasonOfThrown } from "./reason-view.ts";
import { keepFollowing, type LinkListener } from "./reconnect.ts";
import { DeviceStorage } from "./storage.ts";
import { keepTimes } from "./time-view.ts";
import { whileShown } from "./while-shown.ts";
import type { WorkloadAct } from "./workload-actions.ts";
import { WorkloadsView } from "./workloads-view.ts";

/** Between two looks at what the workloads use. */
const SAMPLE_SECONDS = 3;

const ORDER_ENDS = /^order-(succeeded|failed|rejected|expired|superseded|cancelled)$/;

/** Shows the device until the person signs out or the token is refused. Gives why it ended, undefined for signing out. */
export function runConsole(token: string): Promise<string | undefined> {
  const api = new Api(token);
  const ending = new AbortController();
  const place = byId("console", HTMLElement);
  const signOut = byId("sign-out", HTMLButtonElement);
  const notices = new Notices(byId("notices", HTMLDivElement));
  const events = new EventsView();
  const storage = new DeviceStorage(api, notices, ending.signal);
  const workloads = new WorkloadsView({
    act: (act, workload) => void give(api, notices, act, workload),
    logs: (workload) => void showLogs(api, workload),
  });
  setUpManifestForm(api, (title, receipt) => notices.given(title, receipt));
  place.hidden = false;
  signOut.hidden = false;
  keepTimes(ending.signal);

  return new Promise((resolve) => {
    const end = (why: string | undefined) => {
      ending.abort();
      place.hidden = true;
      signOut.hidden = true;
      resolve(why);
    };
    signOut.onclick = () => end(undefined);
    const connected = () => void Promise.all([refreshDevice(api, notices), storage.refresh()]);
    const listener = linkListener(connected, end);
    const { signal } = ending;
    void keepFollowing(
      () => api.follow("followState", "/v1/state/stream", { signal }),
      (event) => (event.event === "state" ? workloads.show(event.data) : workloads.progress(event.data)),
      listener,
      signal,
    );
    void keepFollowing(
      () =>
        api.follow("followEvents", "/v1/events", { query: { after: events.newest, limit: 100, follow: true }, signal }),
      ({ data }) => {
        events.add(data);
        notices.heard(data);
        storage.heard(data);
        if (ORDER_ENDS.test(data.kind)) workloads.settled(data.workload);
      },
      { ...listener, up: () => undefined, down: () => undefined },
      signal,
    );
    void whileShown(
      (shown) =>
        keepFollowing(
          () =>
            api.follow("followStats", "/v1/stats", {
              query: { follow: true, interval: SAMPLE_SECONDS },
              signal: shown,
            }),
          ({ data }) => workloads.usage(data),
          { ...listener, up: () => undefined, down: () => undefined },
          shown,
        ),
      signal,
    );
  });
}

/** Says at the top of the page whether what it shows is live; the device's facts are asked for at each new connection. */
function linkListener(onConnected: () => void, end: (why: string) => void): LinkListener {
  const link = byId("link", HTMLSpanElement);
  let up = false;
  return {
    up() {
      if (up) return;
      up = true;
      link.textContent = "Live";
      link.dataset.tone = "good";
      onConnected();
    },
    down(message) {
      up = false;
      link.textContent = message;
      link.dataset.tone = "bad";
    },
    refused: () => {
      link.textContent = "";
      end("The device no longer takes this token. Sign in again.");
    },
  };
}

async function refreshDevice(api: Api, notices: Notices): Promise<void> {
  try {
    const [device, about] = await Promise.all([api.get("getDevice", "/v1/device"), api.about()]);
    showDevice(device, about);
  } catch (error) {
    notices.refused("device", reasonOfThrown(error));
  }
}

async function give(api: Api, notices: Notices, act: WorkloadAct, workload: string): Promise<void> {
  const title = `${act.kind} ${workload}`;
  if (act.question !== undefined) {
    const question = { title: `${act.label} ${workload}?`, text: act.question, yes: act.label };
    if (!(await confirmed(question))) return;
  }
  try {
    notices.given(title, await api.order({ kind: act.kind, workload }));
  } catch (error) {
    notices.refused(title, reasonOfThrown(error));
  }
}
