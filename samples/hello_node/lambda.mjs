// The loop of a Lambda function: it asks Lambda's runtime API for an event, and sends the response.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import http from "node:http";

import { respond } from "./app.mjs";

/** Return the response to an event of a function URL. */
export function handle(event) {
  const { status, body } = respond({ method: event.requestContext.http.method, path: event.rawPath });
  return { statusCode: status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Handle events one after the other, until Lambda ends the process. */
export async function handleEvents(api = process.env.AWS_LAMBDA_RUNTIME_API) {
  // One connection, without a timeout: Lambda suspends the process between requests.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const call = (method, path, body) => send({ agent, method, url: `http://${api}/2018-06-01/runtime/invocation/${path}` }, body);
  for (;;) {
    const { headers, text } = await call("GET", "next");
    const id = headers["lambda-runtime-aws-request-id"];
    try {
      await call("POST", `${id}/response`, handle(JSON.parse(text)));
    } catch (error) {
      await call("POST", `${id}/error`, { errorType: error.name, errorMessage: error.message });
    }
  }
}

function send({ url, ...options }, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options, async (response) => {
      const chunks = await response.toArray();
      resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() });
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
