// Reads graphs in the DOT language from stdin, as JSON {name: text}; writes drawings to stdout, as JSON {name: SVG}.
import { Graphviz } from "@hpcc-js/wasm-graphviz";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const graphs = JSON.parse(Buffer.concat(chunks).toString());
const graphviz = await Graphviz.load();
const drawings = {};
for (const [name, text] of Object.entries(graphs)) drawings[name] = graphviz.dot(text, "svg");
process.stdout.write(JSON.stringify(drawings));
