import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { after, test } from "node:test";

import { handle, handleEvents } from "../lambda.mjs";
import { createServer } from "../server.mjs";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
after(() => server.close());

test("GET / responds with the message as JSON", async () => {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { message: "Hello from Node.js" });
});

test("the health path responds, also with a query", async () => {
  assert.equal((await fetch(`${url}/healthz?from=balancer`)).status, 200);
});

test("HEAD has no body", async () => {
  const response = await fetch(url, { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});

test("other paths and methods are rejected", async () => {
  assert.equal((await fetch(`${url}/orders`)).status, 404);
  assert.equal((await fetch(url, { method: "POST" })).status, 405);
});

test("an event of a function URL has the same response", async () => {
  const event = { rawPath: "/", requestContext: { http: { method: "GET" } } };
  const response = handle(event);
  assert.equal(response.statusCode, 200);
  assert.deepEqual(JSON.parse(response.body), { message: "Hello from Node.js" });
});

test("a faulty event is reported, and the next one is handled", async () => {
  const events = ["{}", JSON.stringify({ rawPath: "/", requestContext: { http: { method: "GET" } } })];
  const received = [];
  const { promise, resolve } = Promise.withResolvers();
  const api = http.createServer(async (request, response) => {
    if (request.method === "GET") {
      if (!events.length) return resolve();
      response.setHeader("Lambda-Runtime-Aws-Request-Id", String(events.length));
      return response.end(events.shift());
    }
    received.push(`${request.url.split("/").slice(-2).join("/")} ${Buffer.concat(await request.toArray())}`);
    response.writeHead(202).end();
  });
  await once(api.listen(0, "127.0.0.1"), "listening");
  handleEvents(`127.0.0.1:${api.address().port}`).catch(() => {});
  await promise;
  api.close();
  api.closeAllConnections();
  assert.match(received[0], /^2\/error .*TypeError/);
  assert.match(received[1], /^1\/response .*Hello from Node/);
});

test("SIGTERM ends the process with the exit code 0", async () => {
  const main = new URL("../main.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { env: { PORT: "0", HOST: "127.0.0.1" } });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("an unknown command ends with the exit code 2", async () => {
  const main = new URL("../main.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [main, "serv"], { env: {} });
  assert.deepEqual(await once(child, "exit"), [2, null]);
});
