// Talks to the server. Every failure is an `ApiError` with a status (0: no answer), a code and a text to show.

const base = document.documentElement.dataset.base;
const PATIENCE_MS = 45000;
const NO_ANSWER = "That did not get through. Please check your connection and try again.";

export class ApiError extends Error {
  constructor(status, code, text) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(base + path, {
      ...options,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new ApiError(0, "offline", NO_ANSWER);
  }
  const content = await answer.json().catch(() => null);
  if (answer.ok && content) return content;
  throw new ApiError(answer.status, content?.error?.code ?? "failed", content?.error?.text ?? NO_ANSWER);
}

const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const openSession = (restart = false) => post("/session", { restart });
export const sendMessage = (body) => post("/messages", body);
export const sendFeedback = (messageId, value) => post("/feedback", { message_id: messageId, value });
export const readHistory = (after = 0) => request("/history" + (after ? `?after=${after}` : ""));
