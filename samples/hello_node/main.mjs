// The entry point of the image: `serve` (the default) or `lambda`.
import { handleEvents } from "./lambda.mjs";
import { serve } from "./server.mjs";

const [command = "serve"] = process.argv.slice(2);
if (command === "serve") {
  serve();
} else if (command === "lambda") {
  await handleEvents();
} else {
  console.error(`unknown command ${command} (allowed: serve, lambda)`);
  process.exitCode = 2;
}
