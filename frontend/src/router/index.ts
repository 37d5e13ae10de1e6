import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import UnifiedDashboard from "@/components/UnifiedDashboard.vue";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "dashboard", component: UnifiedDashboard },
  { path: "/setup", name: "setup", component: () => import("@/components/SetupGuide.vue") },
  { path: "/:rest(.*)*", redirect: { name: "dashboard" } },
];

export const router = createRouter({ history: createWebHistory(), routes });
