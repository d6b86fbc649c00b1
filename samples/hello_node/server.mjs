// The HTTP server. It stops on SIGTERM after the requests that it has accepted.
import http from "node:http";

import { respond } from "./app.mjs";

// Longer than the idle timeout of load balancers (60 s), which would otherwise use a closed connection.
const KEEP_ALIVE_MS = 65_000;

/** Return a server that responds with JSON. */
export function createServer() {
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const { status, body } = respond({ method: request.method, path: new URL(request.url, "http://host").pathname });
    const text = JSON.stringify(body);
    response.writeHead(status, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
      // The client opens its next connection to a replica that stays.
      ...(server.listening ? {} : { Connection: "close" }),
    });
    response.end(request.method === "HEAD" ? undefined : text);
  });
  return server;
}

/** Listen on PORT and, if it is set, on the address HOST. */
export function serve({ PORT = "8080", HOST } = process.env) {
  const server = createServer();
  server.listen(Number(PORT), HOST, () => console.log(JSON.stringify({ level: "INFO", message: "listening" })));
  process.once("SIGTERM", () => server.close());
  return server;
}
