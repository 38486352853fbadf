// What the store in front of the store does wrong, as data for front.js.

/** An answer of its own; the store never hears of the request. */
export const answer = (status, { code = "", message = "", headers = {} } = {}) => ({
  answer: {
    status,
    headers: { "content-type": "application/xml", ...headers },
    body: code && `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  },
});

/** An answer whose body never ends. */
export const endless = (status) => ({ ...answer(status), endless: true });

/** What S3 says to a URL whose time is over. */
export const EXPIRED = answer(403, { code: "AccessDenied", message: "Request has expired" });

/** The connection breaks when so many bytes of the request's body have come. */
export const cutRequest = (after) => ({ cutRequestAfter: after });

/** Nothing is read beyond so many bytes of the request's body, until the browser gives up. */
export const stallRequest = (after) => ({ stallRequestAfter: after });

/** The connection breaks when so many bytes of the answer's body have gone. */
export const cutResponse = (after) => ({ cutResponseAfter: after });

/** Nothing is sent beyond so many bytes of the answer's body, until the browser gives up. */
export const stallResponse = (after) => ({ stallResponseAfter: after });

/** One bit of the request's body is turned on its way. */
export const flipRequest = (at) => ({ flipRequest: at });

/** Takes the request, and never answers. */
export const silence = { silent: true };

/** One bit of the answer's body is turned; from the end where `at` is negative. */
export const flip = (at) => ({ flip: at });

/** The answer's body ends early, and its headers say that this is all. */
export const shorten = (by) => ({ shorten: by });

/** `change` gets the answer's headers and returns those that are sent. */
export const headers = (change) => ({ headers: change });

/** Headers that CORS would not expose. */
export const hide = (pattern) => headers((all) => Object.fromEntries(Object.entries(all).filter(([name]) => !pattern.test(name))));

/** The request's own headers, changed on the way. */
export const requestHeaders = (change) => ({ requestHeaders: change });
