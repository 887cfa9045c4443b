// The steps of the journey: what was sent, what the validator said, what left.

import { byId, drawn, element, indented, time } from "./dom.js";

const patience = 5; // seconds, of the provider for one attempt
const ordinal = ["", "1st attempt", "2nd attempt"];
const steps = Object.fromEntries([...document.querySelectorAll("#steps li")].map((li) => [li.dataset.step, li]));
let running = null; // the attempt under way

// clear forgets the journey before, from a step on.
export function clear(first) {
  let on = false;
  for (const [name, li] of Object.entries(steps)) {
    on ||= name === first;
    if (!on) continue;
    li.removeAttribute("data-state");
    for (const part of li.querySelectorAll(".facts, .attempts, .panes")) part.remove();
    li.querySelector(".about").hidden = false;
  }
}

// say tells screen readers how it goes.
const say = (text) => (byId("progress").textContent = text);

export function happen(event) {
  const li = steps[event.step];
  switch (event.event) {
    case "step":
      clear(event.step);
      li.dataset.state = "asking";
      li.querySelector(".about").hidden = true;
      li.append(element("div", { class: "attempts" }), panes(event.call));
      say(`${li.querySelector("h3").textContent}: the validator is asked.`);
      break;
    case "attempt":
      attempt(li, event.attempt);
      break;
    case "attempt_over":
      over(event);
      break;
    case "answer":
      answered(li, event);
      break;
    case "end":
      stop();
  }
}

// stop ends the clock of an attempt that will not end by itself.
export function stop() {
  if (running) cancelAnimationFrame(running.frame);
  running = null;
}

function attempt(li, n) {
  const text = element("span", {}, "");
  const bar = drawn("rect", { width: 0, height: 6 });
  const row = element("div", {}, element("span", {}, ordinal[n]),
    drawn("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, drawn("rect", { width: 100, height: 6 }), bar), text);
  li.querySelector(".attempts").append(row);
  running = { row, text, bar, n, since: performance.now() };
  const tick = () => {
    const seconds = (performance.now() - running.since) / 1000;
    bar.setAttribute("width", Math.min(100, (seconds / patience) * 100));
    text.textContent = seconds < 0.3 ? "" : `${seconds.toFixed(1)} s`;
    running.frame = requestAnimationFrame(tick);
  };
  running.frame = requestAnimationFrame(tick);
}

function over(event) {
  const { row, text, bar, n } = running;
  stop();
  bar.setAttribute("width", Math.min(100, (event.seconds / patience) * 100));
  if (event.gave_up) {
    row.className = "gave-up";
    text.textContent = n === 1 ? `gave up after ${time(event.seconds)}; the same bytes are sent once more` : `gave up after ${time(event.seconds)}`;
    say(text.textContent);
  } else {
    text.textContent = event.status ? `answered after ${time(event.seconds)}` : "the connection failed";
  }
}

function panes(call) {
  return element("div", { class: "panes" },
    pane("call", "The call that was sent", "POST, Basic credentials (not shown)", indented(call)),
    pane("said", "What the validator said", "", ""),
    pane("left", "The answer that left", "", ""));
}

function pane(kind, title, note, text) {
  // A region that scrolls has to be reached by keyboard.
  return element("section", { class: `pane ${kind}`, "aria-label": title }, element("h4", {}, title), element("p", {}, note), element("pre", { tabindex: 0 }, text));
}

function fill(li, kind, note, text) {
  const place = li.querySelector(`.pane.${kind}`);
  place.querySelector("p").textContent = note;
  place.querySelector("pre").textContent = text;
}

const states = {
  silent: "nothing so far: it is still at it",
  reset: "nothing: it reset the connection",
  refused: "nothing: it refused the connection",
  unknown: "not seen",
};

function answered(li, event) {
  const { log, validator } = event;
  const fault = log?.reason ? `fault ${log.reason}` : "";
  const verdict = fault || log?.answer || "none";
  const goesOn = log?.answer === "continue";
  li.dataset.state = goesOn ? "continue" : "no";

  const facts = element("dl", { class: "facts" });
  const fact = (name, value, kind) => value && facts.append(element("div", kind ? { class: kind } : {}, element("dt", {}, name), element("dd", {}, value)));
  fact("verdict", verdict, goesOn && !fault ? "yes" : "no");
  fact("left as", fault && log.answer);
  fact("rule", log?.rule);
  fact("source", log?.source);
  fact("time", time(event.seconds));
  fact("breaks the contract", event.violations, "no");
  li.querySelector(".attempts").before(facts);
  const attempts = li.querySelector(".attempts");
  if (attempts.children.length < 2 && event.seconds < 1) attempts.remove(); // nothing to see
  else if (log?.source === "flight") attempts.lastElementChild.lastElementChild.textContent += ": it joined the call that was under way";
  else if (fault && attempts.children.length > 1) attempts.lastElementChild.lastElementChild.textContent += ": the provider's time was nearly over";

  let said = states[validator.state];
  if (validator.state === "answered") said = `HTTP ${validator.status}, ${validator.content_type.split(";")[0]}${validator.seconds < 0.1 ? "" : `, ${time(validator.seconds)}`}`;
  if (validator.state === "remembered") said = `not asked again; HTTP ${validator.status} before`;
  if (validator.state === "remembered" && log.source === "stale") said = `no answer now; HTTP ${validator.status} before`;
  fill(li, "said", said, validator.body);
  fill(li, "left", event.status ? `HTTP ${event.status}, application/json` : "no answer", indented(event.body ?? ""));
  say(`${li.querySelector("h3").textContent}: ${verdict} after ${time(event.seconds)}.`);
}
