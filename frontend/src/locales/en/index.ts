import { chart } from "./chart";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { flows } from "./flows";
import { ledger } from "./ledger";
import { settings } from "./settings";
import { states } from "./states";

export const en = { chart, common, dashboard, flows, ledger, settings, states };

/** What every other language must bring: the same keys, with texts of its own. */
export type Messages = typeof en;
