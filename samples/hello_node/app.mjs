// The service: from a request to a response, for the HTTP server and for Lambda.

const MESSAGE = "Hello from Node.js";

/**
 * Return the response to a request.
 * @param {{method: string, path: string}} request
 * @returns {{status: number, body: object}}
 */
export function respond({ method, path }) {
  if (path !== "/" && path !== "/healthz") return { status: 404, body: { error: "not found" } };
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: { error: "method not allowed" } };
  return { status: 200, body: path === "/" ? { message: MESSAGE } : { status: "healthy" } };
}
