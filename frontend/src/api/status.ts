/** `/api/status` as the page uses it. Unknown parts are null, so an older server still gives a working page. */

export interface StatusView {
  state: string;
  message: string;
  retryAtMs: number | null;
  serverNowMs: number | null;
  version: string | null;
  demoNote: string | null;
  intervalSeconds: number;
}
