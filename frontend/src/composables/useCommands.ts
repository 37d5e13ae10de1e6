import { computed, type ComputedRef } from "vue";
import { useRouter } from "vue-router";

import { useNeedsSetup } from "@/composables/useState";
import { useRange } from "@/composables/useRange";
import { LANGUAGES, t } from "@/i18n";
import { ZONES } from "@/lib/time";
import { RANGES, windowLongName } from "@/lib/windows";
import { useChart } from "@/stores/chart";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";
import { CURRENCIES, THEMES, usePreferences } from "@/stores/preferences";
import { useShell, type Explained } from "@/stores/shell";

export interface Command {
  id: string;
  title: string;
  /** The key that runs it; the palette alone offers those without one. */
  key: string | null;
  run: () => void;
}

/** A button that another part of the page marked with `data-command`; a command presses that very button. */
function buttonOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-command="${id}"]`);
}

function press(id: string): void {
  const button = buttonOf(id);
  button?.scrollIntoView({ block: "center" });
  button?.click();
  if (button instanceof HTMLInputElement) button.focus();
}

/** Everything that the keyboard and the palette can do, in the reader's language. */
export function useCommands(): { commands: ComputedRef<Command[]> } {
  const router = useRouter();
  const range = useRange();
  const portfolio = usePortfolio();
  const performance = usePerformance();
  const chart = useChart();
  const preferences = usePreferences();
  const shell = useShell();
  const needsSetup = useNeedsSetup();

  const command = (id: string, title: string, key: string | null, run: () => void): Command => ({ id, title, key, run });

  /** What the page is looking at: the reader's own period, or the range of the chart where a card shows it. */
  function asked(): Explained {
    if (performance.span) return { period: performance.span, figure: "twr" };
    const days = "days" in chart.span ? chart.span.days : 0;
    return { days: performance.windows.has(days) ? days : 0, figure: "twr" };
  }

  function nextTheme(): void {
    preferences.theme = THEMES[(THEMES.indexOf(preferences.theme) + 1) % THEMES.length] ?? "green";
  }

  function onFigures(): Command[] {
    return [
      command("hide", t(preferences.hideAmounts ? "settings.command.reveal" : "settings.command.hide"), "h", () => {
        preferences.hideAmounts = !preferences.hideAmounts;
      }),
      command("refresh", t("settings.command.refresh"), "r", () => void portfolio.refresh()),
      ...RANGES.map((days, place) =>
        command(`range-${String(days)}`, t("settings.command.range", { window: windowLongName(days) }), String(place + 1), () => {
          range.chooseRange(days);
        }),
      ),
      command("explain", t("settings.command.explain"), "e", () => { shell.explained = asked(); }),
      command("add-flow", t("settings.command.addFlow"), "c", () => { press("add-flow"); }),
      command("filter", t("settings.command.filter"), "f", () => { press("filter"); }),
      command("hide-small", t(preferences.hideSmall ? "settings.command.showSmall" : "settings.command.hideSmall"), null, () => {
        preferences.hideSmall = !preferences.hideSmall;
      }),
    ];
  }

  function onThePage(): Command[] {
    return [
      command("settings", t("settings.command.settings"), ",", () => { shell.open("settings"); }),
      command("theme", t("settings.command.theme"), "t", nextTheme),
      ...THEMES.map((theme) =>
        command(`theme-${theme}`, t("settings.command.themeTo", { theme: t(`settings.themes.${theme}`) }), null, () => (preferences.theme = theme)),
      ),
      ...CURRENCIES.map((currency) =>
        command(`currency-${currency}`, t("settings.command.currencyTo", { currency }), null, () => (preferences.currency = currency)),
      ),
      ...ZONES.map((zone) =>
        command(`zone-${zone}`, t("settings.command.zoneTo", { zone: t(`settings.zones.${zone}`) }), null, () => (preferences.zone = zone)),
      ),
      ...LANGUAGES.map((language) =>
        command(`language-${language}`, t("settings.command.languageTo", { language: t(`settings.languages.${language}`) }), null, () => (preferences.language = language)),
      ),
      command("scanlines", t("settings.command.scanlines"), null, () => (preferences.scanlines = !preferences.scanlines)),
      command("rain", t("settings.command.rain"), null, () => (preferences.rain = !preferences.rain)),
      command("help", t("settings.command.help"), "?", () => { shell.open("help"); }),
      command("setup", t("settings.command.setup"), null, () => void router.push({ name: "setup" })),
      command("api", t("settings.command.api"), null, () => { location.assign("/api/docs"); }),
    ];
  }

  const commands = computed(() => [...(needsSetup.value ? [] : onFigures()), ...onThePage()]);
  return { commands };
}

