// The card that the person who signs up sees: the form, a block page, an error page, or the end with the token.

import { byId, element } from "./dom.js";

const titles = { form: "Sign up", blocked: "You cannot sign up", failed: "Something went wrong", token: "You are signed up" };

let federated = false;
let since = 0; // when the person began to wait
let ticking = 0;

// entered is what the form holds.
export function entered() {
  return { federated, email: byId("email").value, display_name: byId("name").value, loyalty_id: byId("loyalty").value };
}

function show(view) {
  byId("card-title").textContent = titles[view];
  byId("form").hidden = view !== "form";
  byId("block").hidden = view !== "blocked" && view !== "failed";
  byId("token").hidden = view !== "token";
  byId("again").hidden = view === "form";
  byId("message").hidden = true;
}

// busy says that the person waits. The button stays where the focus is, and does nothing.
export function busy(waiting) {
  for (const id of ["create", "federate"]) byId(id).setAttribute("aria-disabled", waiting);
  clearInterval(ticking);
  const wait = byId("wait");
  wait.textContent = waiting ? "Please wait while we check your details." : "";
  if (!waiting) return;
  since = Date.now();
  // Once, so that a screen reader is not interrupted every second.
  ticking = setInterval(() => {
    if (Date.now() - since > 4000) wait.textContent = "Please wait while we check your details. This takes longer than usual.";
  }, 500);
}

// complain shows a message above the form and leaves what was entered. It marks no field: the answer has one message
// for all of them.
export function complain(message) {
  show("form");
  const place = byId("message");
  place.hidden = false;
  place.textContent = message;
  place.focus();
}

// arrive is the form for somebody who comes from the other provider.
export function arrive() {
  show("form");
  byId("federated").hidden = false;
  byId("other").hidden = true;
  byId("loyalty").focus();
}

// leave makes the person one of the other provider.
export function leave() {
  federated = true;
  byId("email").value = "ada@fabrikam.com";
  byId("name").value = "Ada Lind";
}

// restart is the form as it was at first, but for what was entered.
export function restart() {
  if (federated) {
    federated = false;
    byId("email").value = byId("email").defaultValue;
    byId("name").value = byId("name").defaultValue;
  }
  byId("federated").hidden = true;
  byId("other").hidden = false;
  show("form");
  byId("loyalty").focus();
}

// end shows how the journey ended.
export function end(event) {
  if (event.outcome === "form") return arrive();
  if (event.outcome === "invalid") return complain(event.message);
  show(event.outcome);
  byId("block").textContent = event.message ?? "";
  if (event.outcome === "token") byId("token").replaceChildren(...claims(event));
  byId("card-title").focus();
}

function claims(event) {
  const returned = new Set(event.returned ?? []);
  const names = Object.keys(event.token).sort((a, b) => returned.has(b) - returned.has(a));
  return names.map((name) => {
    const value = element("dd", {}, [event.token[name]].flat().join(", "));
    const row = element("div", {}, element("dt", {}, name), value);
    if (returned.has(name)) {
      row.className = "returned";
      value.append(element("small", {}, "from the validator"));
    }
    return row;
  });
}
