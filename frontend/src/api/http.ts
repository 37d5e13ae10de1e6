/** The one way to our server: axios with patience that ends, and every failure as `ApiProblem`. */

import axios from "axios";

import { ApiProblem, problemFrom } from "@/lib/problem";

import { fetchUnlessAsked } from "./first-answers";

const TIMEOUT_MS = 20_000;

export const http = axios.create({
  adapter: "fetch",
  env: { fetch: fetchUnlessAsked as typeof fetch },
  timeout: TIMEOUT_MS,
  // An answer that is not JSON (a gateway's page, say) is a failure, never a text in a number's place.
  transitional: { silentJSONParsing: false },
});

http.interceptors.response.use(undefined, (error: unknown) => {
  throw new ApiProblem(problemFrom(error));
});
