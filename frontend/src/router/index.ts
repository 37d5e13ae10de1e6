import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import SetupGuide from "@/components/SetupGuide.vue";
import UnifiedDashboard from "@/components/UnifiedDashboard.vue";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "dashboard", component: UnifiedDashboard },
  { path: "/setup", name: "setup", component: SetupGuide },
  { path: "/:rest(.*)*", redirect: { name: "dashboard" } },
];

export const router = createRouter({ history: createWebHistory(), routes });
