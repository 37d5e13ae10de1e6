import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import UnifiedDashboard from "@/components/UnifiedDashboard.vue";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "dashboard", component: UnifiedDashboard },
  { path: "/setup", name: "setup", component: () => import("@/components/SetupGuide.vue") },
  // Every component in every theme, for who works on them: not part of the built page.
  ...(import.meta.env.DEV ? [{ path: "/styleguide", component: () => import("@/components/StyleGuide.vue") }] : []),
  { path: "/:rest(.*)*", redirect: { name: "dashboard" } },
];

export const router = createRouter({ history: createWebHistory(), routes });
