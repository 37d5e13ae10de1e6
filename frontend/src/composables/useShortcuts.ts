import { onMounted, onUnmounted } from "vue";

import { useCommands } from "@/composables/useCommands";
import { PALETTE_KEY, pressed, takesText } from "@/lib/shortcuts";
import { usePreferences } from "@/stores/preferences";
import { useShell } from "@/stores/shell";

/** Listens for keys as long as the page stands. */
export function useShortcuts(): void {
  const { commands } = useCommands();
  const preferences = usePreferences();
  const shell = useShell();

  function keyDown(event: KeyboardEvent): void {
    const isTyping = takesText(event.target);
    const inDialog = document.querySelector("dialog[open]") !== null;
    const { key, ctrlKey, metaKey, altKey, isComposing } = event;
    const name = pressed({ key, ctrlKey, metaKey, altKey, isComposing, isTyping, inDialog });
    if (name === null || event.defaultPrevented) return;
    if (name === PALETTE_KEY || (name === "/" && preferences.shortcuts)) {
      event.preventDefault();
      shell.open("palette");
      return;
    }
    const command = preferences.shortcuts && !event.repeat ? commands.value.find((each) => each.key === name) : undefined;
    if (!command) return;
    event.preventDefault();
    command.run();
  }

  onMounted(() => { document.addEventListener("keydown", keyDown); });
  onUnmounted(() => { document.removeEventListener("keydown", keyDown); });
}
