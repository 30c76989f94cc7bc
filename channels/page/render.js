// Builds what stands in the conversation. Everything is made of nodes and text, never of HTML in a message.

const ICONS = {
  up: "M6.5 9v7.5H4A1.5 1.5 0 0 1 2.5 15v-4.5A1.5 1.5 0 0 1 4 9h2.5Zm0 0 3-6.2c1.3 0 2.3 1 2.3 2.3V8h3.7a2 2 0 0 1 2 2.3l-.7 4.5a2 2 0 0 1-2 1.7H6.5",
  down: "M13.5 11V3.5H16A1.5 1.5 0 0 1 17.5 5v4.5A1.5 1.5 0 0 1 16 11h-2.5Zm0 0-3 6.2c-1.3 0-2.3-1-2.3-2.3V12H4.5a2 2 0 0 1-2-2.3l.7-4.5a2 2 0 0 1 2-1.7h8.3",
};
const LINK = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/g;
const BOLD = /\*\*([^*\n]+)\*\*/g;
const ITEM = /^\s*(?:[-•*]|\d{1,2}[.)])\s+/;
const SPOKEN = { customer: "You said: ", assistant: "Assistant said: ", colleague: "A colleague said: " };

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const newTab = () => make("span", { class: "hidden" }, " (opens in a new tab)");

function link(url, label) {
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label, newTab());
}

function inline(text) {
  // Splitting by a pattern with one group gives plain and matched parts in turn.
  return text.split(LINK).flatMap((part, place) => {
    if (place % 2) return [link(part, part.replace(/^https?:\/\//, ""))];
    return part.split(BOLD).map((piece, n) => (n % 2 ? make("strong", {}, piece) : piece));
  });
}

function lines(block) {
  const nodes = [];
  let list = null;
  let paragraph = null;
  for (const line of block.split("\n")) {
    if (ITEM.test(line)) {
      paragraph = null;
      const ordered = /^\s*\d/.test(line);
      list ??= nodes[nodes.push(make(ordered ? "ol" : "ul")) - 1];
      list.append(make("li", {}, ...inline(line.replace(ITEM, ""))));
    } else {
      list = null;
      if (paragraph) paragraph.append(make("br"), ...inline(line));
      else paragraph = nodes[nodes.push(make("p", {}, ...inline(line))) - 1];
    }
  }
  return nodes;
}

function body(message) {
  if (!message.text) return [];
  if (message.from === "customer") return [make("p", { class: "verbatim" }, message.text)];
  return message.text.split(/\n{2,}/).flatMap(lines);
}

function sources(citations) {
  const items = citations.map((citation) => {
    const label = [make("span", { class: "title" }, citation.title)];
    if (citation.heading) label.push(make("span", { class: "heading" }, citation.heading));
    return make("li", {}, citation.url ? link(citation.url, make("span", {}, ...label)) : make("span", {}, ...label));
  });
  return make("div", { class: "sources" }, make("p", {}, items.length > 1 ? "Sources" : "Source"), make("ol", {}, ...items));
}

function clock(seconds) {
  const date = new Date(seconds * 1000);
  const sameDay = date.toDateString() === new Date().toDateString();
  const day = sameDay ? {} : { day: "numeric", month: "short" };
  const shown = date.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
  return make("time", { datetime: date.toISOString() }, shown);
}

function thumbs(message, onFeedback) {
  const press = (value, label) =>
    make("button", { type: "button", class: "thumb", "data-value": value, "aria-label": label, title: label,
      "aria-pressed": String(message.feedback === value), onclick: () => onFeedback(message, value) }, icon(value));
  return make("span", { class: "thumbs", role: "group", "aria-label": "Was this helpful?" },
    press("up", "Helpful"), press("down", "Not helpful"));
}

/** One message; `actions` has onFeedback, onButton. */
export function messageNode(message, actions) {
  const mine = message.from === "customer";
  const bubble = make("div", { class: "bubble" },
    make("span", { class: "hidden" }, SPOKEN[message.from]),
    ...body(message),
    message.image ? make("img", { src: message.image, alt: "", loading: "lazy" }) : null,
    message.citations ? sources(message.citations) : null);
  const meta = make("div", { class: "meta" },
    message.from === "colleague" ? make("span", { class: "name" }, message.name || "A colleague") : null,
    message.time && !mine ? clock(message.time) : null,
    message.from === "assistant" && message.id && actions.onFeedback ? thumbs(message, actions.onFeedback) : null);
  return make("article", { class: `message ${message.from}`, "data-id": message.id ?? "" },
    bubble, meta, !mine && message.buttons ? choices(message.buttons, actions.onButton) : null);
}

export function choices(buttons, onButton) {
  const nodes = buttons.map((button) =>
    button.url
      ? make("a", { class: "choice", href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.title, newTab())
      : make("button", { type: "button", class: "choice", onclick: () => onButton(button) }, button.title));
  return make("div", { class: "options", role: "group", "aria-label": "Suggested answers" }, ...nodes);
}

export function showFeedback(node, value) {
  for (const thumb of node.querySelectorAll(".thumb")) {
    thumb.setAttribute("aria-pressed", String(thumb.dataset.value === value));
  }
}

export function markFailed(node, text, onRetry) {
  clearFailed(node);
  node.classList.add("failed");
  node.append(make("div", { class: "failure", role: "alert" },
    make("span", {}, text), make("button", { type: "button", class: "retry", onclick: onRetry }, "Try again")));
}

export function clearFailed(node) {
  node.classList.remove("failed");
  node.querySelector(".failure")?.remove();
}
