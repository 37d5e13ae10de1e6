/** What every suite against the stand-in server begins with: one server, one browser, and a fresh scene for each test. */

import { after, before, beforeEach } from "node:test";

import { launch } from "./browser.mjs";
import { FixtureServer } from "./fixture-server.mjs";
import { visit } from "./promises.mjs";

/** Registers the set-up for the calling file, whose tests all begin in `scene`. `see` visits the page in the browser. */
export function standIn(scene = "live") {
  const server = new FixtureServer();
  let browser;

  before(async () => {
    await server.start();
    browser = await launch();
  });

  after(async () => {
    await browser.close();
    server.stop();
  });

  beforeEach(() => {
    server.cutStreams(true);
    server.show(scene);
    server.requests.length = 0;
  });

  return { server, see: (size, steps, options) => visit(browser, server.url, size, steps, options) };
}
