// The customer's side of the API, under the customer's token.

/** What the service refused, in its own sentence; `code` never changes. */
export class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? {};
    this.requestId = error.request_id;
  }
}

const SILENT = { code: "no_answer", message: "The service does not answer. Check your connection, then try again." };

/** Return how the API is called; `onOver` is called when the token no longer counts. */
export function connect(session, onOver) {
  // The page lies at …/billing; the API is beside it.
  const root = location.pathname.replace(/\/billing\/?$/, "");

  async function ask(method, path, body, key) {
    const headers = { Authorization: `Bearer ${session.token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key !== undefined) headers["Idempotency-Key"] = key;
    let response;
    try {
      response = await fetch(root + path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", credentials: "omit",
      });
    } catch {
      throw new Refused(0, SILENT);
    }
    if (response.ok) return response;
    const said = await response.json().catch(() => ({ error: SILENT }));
    if (response.status === 401) onOver();
    throw new Refused(response.status, said.error ?? SILENT);
  }

  const told = async (response) => (await response).json();
  return {
    /** Answer one thing. */
    get: async (path) => (await told(ask("GET", path))).data,
    /** Answer a page of a list: its items and what is said about the page. */
    page: async (path) => {
      const { data, meta } = await told(ask("GET", path));
      return { items: data, meta };
    },
    /** Do something; under a key it happens once, however often it is sent. */
    post: async (path, body = {}, key = undefined) => (await told(ask("POST", path, body, key))).data,
    /** Answer a file. */
    file: async (path) => (await ask("GET", path)).blob(),
  };
}
