// Wires the page: the form leads a person through the journey, the switches change the validator.

import { byId, post } from "./dom.js";
import * as journey from "./journey.js";
import * as live from "./live.js";
import * as person from "./person.js";

let underWay = false;

// signUp sends the form and follows what happens: a line of JSON for each event.
async function signUp(form) {
  if (underWay) return;
  underWay = true;
  person.busy(true);
  let ended = null;
  try {
    const response = await post("/api/signup", form);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const event of lines.map((line) => JSON.parse(line))) {
        journey.happen(event);
        if (event.event === "answer") live.refresh().catch(() => {});
        if (event.event === "end") ended = event;
      }
    }
    if (!ended) throw new Error("the demo has ended");
  } catch (error) {
    journey.stop();
    ended = { outcome: "failed", message: `This page could not reach its server: ${error.message}.` };
  }
  underWay = false;
  person.busy(false);
  person.end(ended);
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = person.entered();
  if (!underWay) journey.clear(form.federated ? "PostAttributeCollection" : "PostFederationSignup");
  signUp(form);
});

byId("federate").addEventListener("click", () => {
  if (underWay) return;
  person.leave();
  journey.clear("PostFederationSignup");
  signUp({ ...person.entered(), federating: true });
});

byId("again").addEventListener("click", () => {
  journey.clear("PostFederationSignup");
  person.restart();
});

for (const button of document.querySelectorAll("[data-loyalty]")) {
  button.addEventListener("click", () => {
    byId("loyalty").value = button.dataset.loyalty;
    byId("loyalty").focus();
  });
}

const settings = byId("settings");
// Whoever sees the switches sees what is set; it is only to be heard then.
const note = (text, seen = true) => {
  byId("note").textContent = text;
  byId("note").classList.toggle("unseen", !seen);
};
const label = (name) => [...settings.elements[name]].find((radio) => radio.checked).nextElementSibling.textContent;

settings.addEventListener("submit", (event) => event.preventDefault());
settings.addEventListener("change", async () => {
  const chosen = new FormData(settings);
  try {
    await post("/api/settings", { dialect: chosen.get("dialect"), seconds: Number(chosen.get("seconds")), fault: chosen.get("fault") });
    note(`Now: ${label("dialect")}, ${label("seconds")}, ${label("fault")}.`, false);
  } catch (error) {
    note(`It could not be changed: ${error.message}`);
  }
});
byId("forget").addEventListener("click", async () => {
  try {
    await post("/api/forget", {});
    note("Forgotten.");
  } catch (error) {
    note(`It could not be done: ${error.message}`);
  }
});

// The validator may be set otherwise since the page was last open.
async function readSettings() {
  const response = await fetch("/api/settings");
  const now = await response.json();
  for (const [name, value] of Object.entries(now)) settings.elements[name].value = String(value);
}

readSettings().catch(() => note("The demo has ended; start it again."));
live.watch();
