// The conversation's behaviour: opening, sending, retrying, waiting for a colleague, starting again.

import { ApiError, openSession, readHistory, sendFeedback, sendMessage } from "./api.js";
import { choices, clearFailed, markFailed, messageNode, showFeedback } from "./render.js";

const $ = (id) => document.getElementById(id);
const [scroll, log, typing, handover, announcer, newer] =
  ["scroll", "log", "typing", "handover", "announcer", "newer"].map($);
const [composer, field, send, alertLine, count, confirmation] =
  ["composer", "message", "send", "alert", "count", "confirm"].map($);

const DRAFT = "rapport-chat-draft";
const SLOW_POLL_MS = 1500;
const GROWS = CSS.supports("field-sizing", "content");
const COUNT_FROM = 0.8; // the counter appears when this much of the length allowed is used

let session = { max_text_length: 2000, poll_seconds: 4, suggestions: [], welcome: "", handed_over_text: "" };
let shown = new Map(); // message id → its node
let cursor = 0;
let sending = false;
let handedOver = false;
let pollTimer = 0;
let following = true; // whether the log scrolls along; a customer who scrolls up wants to read
let lastTop = 0;

// ---- the log

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches || log.getAttribute("aria-busy") === "true";

/** Show the newest, but never more than an answer's beginning: a long one is read from its top. */
function toEnd() {
  const asked = [...log.querySelectorAll(".message.customer")].at(-1);
  const end = scroll.scrollHeight - scroll.clientHeight;
  const top = asked && !log.matches('[aria-busy="true"]') ? Math.min(end, asked.offsetTop - 16) : end;
  scroll.scrollTo({ top, behavior: calm() ? "instant" : "smooth" });
  following = true;
  newer.hidden = true;
}

function add(message) {
  if (message.id && shown.has(message.id)) return shown.get(message.id);
  const follow = following || message.from === "customer";
  const node = messageNode(message, { onFeedback: rate, onButton: press });
  const last = log.lastElementChild;
  if (last?.classList.contains(message.from)) last.classList.add("followed");
  if (message.from === "customer") {
    dropOptions();
    log.classList.remove("fresh");
  }
  log.append(node);
  if (message.id) shown.set(message.id, node);
  if (follow) toEnd();
  else newer.hidden = false;
  return node;
}

function dropOptions() {
  for (const options of log.querySelectorAll(".options")) options.remove();
}

function showWelcome() {
  if (session.welcome) add({ from: "assistant", text: session.welcome });
}

function showSuggestions() {
  if (!session.suggestions.length) return;
  log.lastElementChild?.append(choices(session.suggestions.map((title) => ({ title })), press));
}

function setTyping(on) {
  typing.hidden = !on;
  announcer.textContent = on ? "The assistant is writing" : "";
  if (on && following) toEnd();
}

function setHandedOver(on) {
  const changed = on !== handedOver;
  handedOver = on;
  if (changed) handover.textContent = on ? session.handed_over_text : "";
  if (changed && on && following) toEnd();
  schedulePoll();
}

// ---- sending

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

function press(button) {
  if (sending) return;
  const body = button.token ? { payload: button.token } : { text: button.title };
  submit(body, button.title);
  field.focus({ preventScroll: true });
}

function submit(content, text) {
  const body = { ...content, id: newId() };
  const node = add({ id: body.id, from: "customer", text, time: Date.now() / 1000 });
  return deliver(body, node);
}

async function deliver(body, node) {
  sending = true;
  clearFailed(node);
  setTyping(true);
  refreshComposer();
  try {
    receive(await withSession(() => sendMessage(body)));
    if (!field.value) sessionStorage.removeItem(DRAFT);
  } catch (error) {
    await recover(error, body, node);
  } finally {
    sending = false;
    setTyping(false);
    refreshComposer();
  }
}

async function withSession(call) {
  try {
    return await call();
  } catch (error) {
    if (error.status !== 401) throw error;
    await openSession(); // the cookie has expired or was deleted: go on in a new conversation
    cursor = 0;
    return call();
  }
}

function receive(answer) {
  for (const message of answer.messages) add(message);
  setHandedOver(answer.handed_over);
}

async function recover(error, body, node) {
  if (["too_long", "empty", "bad_request"].includes(error.code) && body.text) return giveBack(error, body, node);
  if (error.code === "slow") return waitForAnswer(error, body, node);
  if (error.code === "bad_button") return markRefused(error, node);
  // Any other failure leaves open whether the message has arrived; `retry` finds out before it sends again.
  fail(error, body, node);
}

function fail(error, body, node) {
  markFailed(node, error.message, () => retry(body, node));
  toEnd();
  // A reload then finds the text in the message box.
  if (body.text && !field.value) sessionStorage.setItem(DRAFT, body.text);
}

function giveBack(error, body, node) {
  shown.delete(body.id);
  node.remove();
  field.value = field.value || body.text;
  alertLine.textContent = error.message;
  field.focus();
}

function markRefused(error, node) {
  node.classList.add("failed");
  add({ from: "assistant", text: error.message });
}

async function retry(body, node) {
  if (sending) return;
  field.focus({ preventScroll: true });
  sending = true;
  setTyping(true);
  const arrived = await takeNews().then((news) => news.messages.some((m) => m.id === body.id), () => false);
  sending = false;
  if (!arrived) return deliver(body, node);
  clearFailed(node);
  setTyping(false);
  refreshComposer();
}

async function waitForAnswer(error, body, node) {
  const note = add({ from: "assistant", text: error.message });
  for (let round = 0; round < 60; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, SLOW_POLL_MS));
    const news = await takeNews().catch(() => ({ busy: true, messages: [] }));
    if (news.busy) continue;
    note.remove();
    if (!news.messages.some((m) => m.id === body.id)) fail(error, body, node);
    return;
  }
  fail(error, body, node);
}

// ---- news from the server

async function takeNews() {
  const news = await readHistory(cursor);
  for (const message of news.messages) add(message);
  cursor = news.cursor;
  setHandedOver(news.handed_over);
  return news;
}

function schedulePoll() {
  clearTimeout(pollTimer);
  if (handedOver) pollTimer = setTimeout(() => takeNews().catch(schedulePoll), session.poll_seconds * 1000);
}

async function rate(message, value) {
  const node = shown.get(message.id);
  const before = message.feedback;
  message.feedback = before === value ? "none" : value;
  showFeedback(node, message.feedback);
  try {
    await sendFeedback(message.id, message.feedback);
    announcer.textContent = message.feedback === "none" ? "Rating removed" : "Thank you for the rating";
  } catch (error) {
    message.feedback = before;
    showFeedback(node, before);
    alertLine.textContent = error.message;
  }
}

// ---- opening and starting again

async function start(restart = false) {
  log.setAttribute("aria-busy", "true");
  try {
    session = await openSession(restart);
    const news = await readHistory();
    log.replaceChildren();
    shown = new Map();
    showWelcome();
    for (const message of news.messages) add(message);
    cursor = news.cursor;
    log.classList.toggle("fresh", !news.messages.length);
    if (!news.messages.length) showSuggestions();
    setHandedOver(news.handed_over);
    if (news.busy) waitQuietly();
    alertLine.textContent = "";
  } catch (error) {
    showUnreachable(error, restart);
  } finally {
    toEnd();
    log.setAttribute("aria-busy", "false");
    refreshComposer();
  }
}

async function waitQuietly() {
  setTyping(true);
  for (let busy = true; busy; ) {
    await new Promise((resolve) => setTimeout(resolve, SLOW_POLL_MS));
    busy = await takeNews().then((news) => news.busy, () => false);
  }
  setTyping(false);
}

function showUnreachable(error, restart) {
  if (log.querySelector(".unreachable")) return;
  const text = error instanceof ApiError ? error.message : "The chat could not start.";
  const node = add({ from: "assistant", text });
  node.classList.add("unreachable");
  markFailed(node, "", () => start(restart));
}

// ---- the composer

function refreshComposer() {
  const length = field.value.trim().length;
  const limit = session.max_text_length;
  count.textContent = length > limit * COUNT_FROM ? `${length.toLocaleString()} of ${limit.toLocaleString()}` : "";
  count.classList.toggle("over", length > limit);
  send.disabled = sending || length === 0 || length > limit;
  if (!GROWS) field.rows = Math.min(6, field.value.split("\n").length);
}

function submitField() {
  const text = field.value.trim();
  if (send.disabled || !text) return;
  field.value = "";
  alertLine.textContent = "";
  sessionStorage.removeItem(DRAFT);
  submit({ text }, text);
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submitField();
  field.focus();
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submitField();
});

field.addEventListener("input", () => {
  alertLine.textContent = "";
  sessionStorage.setItem(DRAFT, field.value);
  refreshComposer();
});

newer.addEventListener("click", () => {
  scroll.scrollTo({ top: scroll.scrollHeight, behavior: calm() ? "instant" : "smooth" });
  field.focus({ preventScroll: true });
});

scroll.addEventListener("scroll", () => {
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  if (scroll.scrollTop < lastTop - 2) following = false;
  if (atEnd) following = true;
  if (atEnd) newer.hidden = true;
  lastTop = scroll.scrollTop;
});

$("restart").addEventListener("click", () => confirmation.showModal());

confirmation.addEventListener("close", async () => {
  if (confirmation.returnValue !== "yes") return;
  confirmation.returnValue = "";
  setHandedOver(false);
  field.value = "";
  sessionStorage.removeItem(DRAFT);
  await start(true);
  announcer.textContent = "A new conversation has started";
  field.focus();
});

field.value = sessionStorage.getItem(DRAFT) ?? "";
await start();
if (matchMedia("(pointer: fine)").matches) field.focus();
