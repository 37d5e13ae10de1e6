import type { Messages } from "@/locales/en";

import { chart } from "./chart";
import { common } from "./common";
import { dashboard } from "./dashboard";
import { flows } from "./flows";
import { ledger } from "./ledger";
import { settings } from "./settings";
import { states } from "./states";

export const fr: Messages = { chart, common, dashboard, flows, ledger, settings, states };
