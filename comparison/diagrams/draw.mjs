// Graphs in Graphviz's language on stdin, as JSON of id -> text; drawings on stdout, as JSON of id -> SVG.
import { Graphviz } from "@hpcc-js/wasm-graphviz";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const graphs = JSON.parse(Buffer.concat(chunks).toString());
const graphviz = await Graphviz.load();
const drawn = {};
for (const [id, text] of Object.entries(graphs)) drawn[id] = graphviz.dot(text, "svg");
process.stdout.write(JSON.stringify(drawn));
