/** Errors as the page shows them: what happened, and at which field. Server text or ours, never a library's. */

import { t } from "@/i18n";

export interface FieldError {
  field: string;
  detail: string;
}

export interface Problem {
  status: number;
  title: string;
  detail: string;
  fields: FieldError[];
}

export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiProblem";
    this.problem = problem;
  }
}

interface ProblemBody {
  status?: unknown;
  title?: unknown;
  detail?: unknown;
  errors?: unknown;
}

function unreachable(): Problem {
  return { status: 0, title: t("flows.problem.noAnswer"), detail: t("flows.problem.unreachable"), fields: [] };
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

/** `/body/amount_usd` and `/amount_usd` both mean the field `amount_usd`. */
export function fieldOf(pointer: string): string {
  const parts = pointer.split("/").filter((part) => part !== "" && part !== "body" && part !== "#");
  return parts[0] ?? "";
}

function fieldErrors(errors: unknown): FieldError[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((entry: { pointer?: unknown; detail?: unknown }) => ({
    field: fieldOf(text(entry.pointer, "")),
    detail: text(entry.detail, t("flows.problem.field")),
  }));
}

/** `error` is whatever the client threw: an axios error with a problem+json body, or no answer at all. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  const response = (error as { response?: { status: number; data?: unknown } } | null)?.response;
  if (!response) return unreachable();
  const body = (typeof response.data === "object" && response.data !== null ? response.data : {}) as ProblemBody;
  return {
    status: response.status,
    title: text(body.title, t("flows.problem.failed")),
    detail: text(body.detail, t("flows.problem.status", { status: response.status })),
    fields: fieldErrors(body.errors),
  };
}
