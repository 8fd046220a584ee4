// Whose page this is: a token from the address, from this tab, or from the page that frames it.

const KEPT = "billing.token";

/**
 * Open the customer's session. `onToken` is called with each token that arrives.
 *
 * A token in the fragment is taken out of the address before anything else happens, so that it stays
 * in no history and no bookmark. It lives as long as the tab. One from a framing page is kept in
 * memory alone: that page hands it over again.
 */
export function openSession(frameOrigins, onToken) {
  const isFramed = window.parent !== window;
  const state = { token: fromAddress() ?? (isFramed ? null : kept()), returnUrl: null, orderId: null };

  function take(token) {
    state.token = token;
    onToken();
  }

  window.addEventListener("message", (event) => {
    if (!isFramed || event.source !== window.parent || !frameOrigins.includes(event.origin)) return;
    const said = event.data;
    if (said === null || typeof said !== "object") return;
    if (said.type === "billing:scheme") scheme(said.scheme);
    if (said.type !== "billing:session" || typeof said.token !== "string") return;
    state.returnUrl = typeof said.return_url === "string" ? said.return_url : null;
    state.orderId = typeof said.order_id === "string" ? said.order_id : null;
    scheme(said.scheme);
    take(said.token);
  });
  window.addEventListener("hashchange", () => {
    const token = fromAddress();
    if (token !== null) take(token);
  });

  /** Tell the framing page something; it holds no secret. */
  function tell(message) {
    if (isFramed) for (const origin of frameOrigins) window.parent.postMessage(message, origin);
  }

  return {
    isFramed,
    tell,
    get token() {
      return state.token;
    },
    get returnUrl() {
      return state.returnUrl;
    },
    /** The order whose payment page was left, as the framing page remembers it; said once. */
    takeOrder() {
      const id = state.orderId;
      state.orderId = null;
      return id;
    },
    /** Forget a token that no longer counts, and ask for another where there is somebody to ask. */
    end() {
      state.token = null;
      forget();
      tell({ type: "billing:expired" });
    },
  };
}

/** Who the token is about, to be shown only: nothing is decided by it. */
export function accountOf(token) {
  try {
    const body = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0))));
    return [claims.email, claims.sub].find((each) => typeof each === "string") ?? "";
  } catch {
    return "";
  }
}

function fromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    sessionStorage.setItem(KEPT, token);
  } catch {
    // A browser that keeps nothing for a framed page: the token lives in memory.
  }
  return token;
}

function kept() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
}

function scheme(asked) {
  if (asked === "light" || asked === "dark") document.documentElement.dataset.scheme = asked;
  if (asked === "auto") delete document.documentElement.dataset.scheme;
}
