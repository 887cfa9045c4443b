// The connector's own metrics: counters, and how long calls took.

import { byId, drawn, time } from "./dom.js";

const every = 2000; // milliseconds, while somebody looks
const edges = [0.001, 0.01, 0.1, 1, 5, 10, Infinity];
const names = ["1 ms", "10 ms", "0.1 s", "1 s", "5 s", "10 s", "more"];

const total = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

export async function refresh() {
  const response = await fetch("/api/live");
  if (!response.ok) return;
  const now = await response.json();
  const set = (id, text) => (byId(id).textContent = text);
  set("count-calls", total(now.answers));
  set("count-upstream", now.upstream);
  set("count-memory", now.sources.cache + now.sources.stale);
  set("count-flight", now.sources.flight);
  set("count-faults", total(now.faults));
  set("count-own", now.own_calls ? time(now.own / now.own_calls) : "–");
  draw(now.durations);
}

function draw(buckets) {
  const counts = edges.map(() => 0);
  for (const { up_to: upTo, calls } of buckets) counts[edges.findIndex((edge) => (upTo || Infinity) <= edge)] += calls;
  const most = Math.max(1, ...counts);
  const picture = byId("histogram");
  const width = 224 / edges.length;
  picture.replaceChildren(...counts.flatMap((count, i) => {
    const height = count ? 4 + (count / most) * 36 : 2;
    return [
      drawn("rect", { x: i * width + 3, y: 44 - height, width: width - 6, height, rx: 2, class: count ? "some" : "none" }),
      drawn("text", { x: (i + 0.5) * width, y: 54 }, names[i]),
    ];
  }));
  const spoken = counts.map((count, i) => count && `${count} within ${names[i]}`).filter(Boolean).join(", ");
  picture.setAttribute("aria-label", `How long calls took: ${spoken || "none yet"}`);
}

export function watch() {
  const look = () => document.visibilityState === "visible" && refresh().catch(() => {}); // the demo may have ended
  setInterval(look, every);
  document.addEventListener("visibilitychange", look);
  look();
}
