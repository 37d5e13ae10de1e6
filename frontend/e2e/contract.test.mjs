/** The stand-in server answers what the contract says: every required field is there, with the right type. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { FixtureServer, SCENES } from "./fixture-server.mjs";

const contract = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8"));
const PATHS = {
  "/api/portfolio/balances": [""],
  "/api/status": [""],
  "/api/performance/windows": ["?days=1,7,30,90,0", `?days=1&since=${new Date(Date.now() - 6 * 3_600_000).toISOString()}`, "?days=7,0&currency=EUR", "?days=7&currency=BTC"],
  "/api/performance/series": ["?days=30", "?days=0&currency=EUR", "?start_date=2026-01-01&end_date=2026-02-01"],
  "/api/performance/range": ["?start_date=2026-01-01&end_date=2026-02-01"],
  "/api/performance/range/explain": ["?start_date=2026-01-01&end_date=2026-02-01", "?start_date=2026-01-01&end_date=2026-02-01&currency=BTC"],
  "/api/performance/cashflows": [""],
  "/api/performance/cashflows/twins": [""],
  "/api/performance/cashflows/suggestions": [""],
  "/api/performance/stats": ["", "?currency=EUR", "?currency=BTC"],
  "/api/performance/twr-history": ["?days=30"],
  "/api/ledger": ["?limit=40"],
};
let server, url;

before(async () => {
  server = new FixtureServer();
  url = await server.start();
});

after(() => {
  server.stop();
});

function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Every way in which `value` is not what `schema` says. A small part of JSON Schema: what the document uses. */
function faults(value, schema, place) {
  if (schema.$ref) return faults(value, contract.components.schemas[schema.$ref.split("/").pop()], place);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.some((each) => faults(value, each, place).length === 0) ? [] : [`${place} fits none of its types: ${JSON.stringify(value)?.slice(0, 80)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${place} is ${JSON.stringify(value)}`];
  const type = typeOf(value);
  if (schema.type && schema.type !== type && !(schema.type === "number" && type === "integer")) return [`${place} is ${type}, not ${schema.type}`];
  if (type === "array" && schema.items) return value.slice(0, 40).flatMap((each, index) => faults(each, schema.items, `${place}[${index}]`));
  if (type !== "object") return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`);
  const known = Object.entries(schema.properties ?? {}).filter(([name]) => name in value).flatMap(([name, each]) => faults(value[name], each, `${place}.${name}`));
  const strange = schema.properties && !schema.additionalProperties ? Object.keys(value).filter((name) => !(name in schema.properties)).map((name) => `${place}.${name} is not in the contract`) : [];
  return [...missing, ...known, ...strange];
}

for (const scene of Object.keys(SCENES))
  test(`${scene} answers as the contract says`, async () => {
    server.show(scene);
    for (const [path, queries] of Object.entries(PATHS))
      for (const query of queries) {
        const answer = await fetch(url + path + query);
        assert.equal(answer.status, 200, path);
        const { schema } = contract.paths[path].get.responses["200"].content["application/json"];
        assert.deepEqual(faults(await answer.json(), schema, path), []);
      }
  });

for (const query of ["", "?currency=EUR", "?currency=BTC", "?currency=USD"])
  test(`a preview answers as the contract says${query}`, async () => {
    server.show("live");
    const body = JSON.stringify({ action: "add", type: "DEPOSIT", amount_usd: 100 });
    const answer = await fetch(`${url}/api/performance/cashflows/preview${query}`, { method: "POST", body });
    const { schema } = contract.paths["/api/performance/cashflows/preview"].post.responses["200"].content["application/json"];
    assert.deepEqual(faults(await answer.json(), schema, "preview"), []);
  });
